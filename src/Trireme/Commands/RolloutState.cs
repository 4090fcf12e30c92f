using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;

namespace Trireme.Commands;

/// <summary>What a service's rollout has come to, as scripts want to know it.</summary>
internal enum RolloutState
{
    /// <summary>The platform is at work; its next look may tell more.</summary>
    UnderWay,

    /// <summary>The wanted release serves alone.</summary>
    Done,

    /// <summary>The wanted release does not serve, and will not by itself.</summary>
    Failed,

    /// <summary>A person must decide.</summary>
    Held,
}

internal static class RolloutStates
{
    public static int ExitCodeOf(RolloutState state) => state switch
    {
        RolloutState.Failed => ExitCode.Failure,
        RolloutState.Held => ExitCode.Held,
        _ => ExitCode.Success,
    };

    public static RolloutState Of(ModelService service)
    {
        bool isObserved = service.Status?.ObservedGeneration >= service.Metadata.Generation;
        if (!isObserved || RolloutWords.ArePending(service)) return RolloutState.UnderWay;
        ModelServiceStatus status = service.Status!;
        if (status.Conditions.Find(ModelServiceConditions.RolledOut) is not { } rolledOut) return RolloutState.UnderWay;
        if (rolledOut.Status == ConditionStatus.True) return RolloutState.Done;
        bool isMoving = RolloutOrders.IsMoving(status.Rollout);
        return rolledOut.Reason switch
        {
            RolloutReasons.Held or RolloutReasons.ScaledToZero => RolloutState.Held,
            RolloutReasons.FirstDeployment when DecidedReplicas.Of(service) == 0 => RolloutState.Held,
            RolloutReasons.FirstDeployment when ServiceAvailability.NoHopeBecause(service) is not null => RolloutState.Failed,
            RolloutReasons.RolledBack or RolloutReasons.ProgressDeadlineExceeded => RolloutState.Failed,
            RolloutReasons.StartFailed when !isMoving => RolloutState.Failed,
            RolloutReasons.ReleaseNotReady when !isMoving && IsRefused(status) => RolloutState.Failed,
            _ => RolloutState.UnderWay,
        };
    }

    /// <summary>Missing or refused; a release that is being verified is neither yet.</summary>
    private static bool IsRefused(ModelServiceStatus status) =>
        status.Conditions.Find(ModelServiceConditions.ReleaseReady)?.Status == ConditionStatus.False;
}
