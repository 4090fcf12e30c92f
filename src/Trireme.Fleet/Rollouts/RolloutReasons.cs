namespace Trireme.Fleet.Rollouts;

/// <summary>Reasons of the RolledOut condition. Scripts match them, so they never change.</summary>
public static class RolloutReasons
{
    /// <summary>The wanted release does not exist or is not verified.</summary>
    public const string ReleaseNotReady = "ReleaseNotReady";

    /// <summary>No release has served yet.</summary>
    public const string FirstDeployment = "FirstDeployment";

    /// <summary>The replicas of the wanted release cannot start.</summary>
    public const string StartFailed = "StartFailed";

    /// <summary>No replica of the first release became ready within the plan's progress deadline; it is tried on.</summary>
    public const string ProgressDeadlineExceeded = "ProgressDeadlineExceeded";

    /// <summary>The move waits until the service has replicas again.</summary>
    public const string ScaledToZero = "ScaledToZero";

    /// <summary>A person asked to go back, and traffic moves as replicas of the earlier release become ready.</summary>
    public const string GoingBack = "GoingBack";

    /// <summary>A person asked to go back, and the earlier release serves alone.</summary>
    public const string Undone = "Undone";

    /// <summary>Of an event: a person went back to an earlier release.</summary>
    public const string UndoOrdered = "UndoOrdered";

    /// <summary>Of an event: a person gave the new release all traffic.</summary>
    public const string PromoteOrdered = "PromoteOrdered";

    /// <summary>Replicas for the next share of traffic are starting.</summary>
    public const string Preparing = "Preparing";

    /// <summary>The new release gets a share of traffic and is judged.</summary>
    public const string Progressing = "Progressing";

    /// <summary>All traffic was switched to the new release, and the old one is kept for a while to switch back to.</summary>
    public const string Switched = "Switched";

    /// <summary>The old release is stopped and the new one starts; nothing answers in between.</summary>
    public const string Recreating = "Recreating";

    /// <summary>Replicas of another release still answer, until those of the wanted one have taken their places.</summary>
    public const string Exchanging = "Exchanging";

    /// <summary>A step ended inconclusive, or the plan asks for a person's word, and waits for it.</summary>
    public const string Held = "Held";

    /// <summary>Every step passed; the new release gets its full number of replicas.</summary>
    public const string Finishing = "Finishing";

    /// <summary>The new release was worse or could not start; the old one serves.</summary>
    public const string RolledBack = "RolledBack";

    /// <summary>The rollout was called off because the spec names another release.</summary>
    public const string Superseded = "Superseded";

    /// <summary>The new release has just taken over.</summary>
    public const string Promoted = "Promoted";

    /// <summary>The wanted release serves alone.</summary>
    public const string RolledOut = "RolledOut";
}
