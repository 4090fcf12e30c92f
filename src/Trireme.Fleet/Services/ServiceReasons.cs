namespace Trireme.Fleet.Services;

/// <summary>Reasons of a ModelService's conditions, except RolledOut, whose reasons are the rollout's.</summary>
public static class ServiceReasons
{
    public const string ReplicasReady = "ReplicasReady";

    /// <summary>No replica answers, and one may yet.</summary>
    public const string NoReadyReplica = "NoReadyReplica";

    /// <summary>Every replica that is wanted was tried and cannot start, and no other one is on its way.</summary>
    public const string StartFailed = "StartFailed";

    /// <summary>No pool has room for any replica.</summary>
    public const string Unschedulable = "Unschedulable";

    /// <summary>The release is there and may not be run, and no replica of it is left.</summary>
    public const string ReleaseNotUsable = "ReleaseNotUsable";

    public const string ScaledToZero = "ScaledToZero";
    public const string AllReady = "AllReady";
    public const string ReplicasStarting = "ReplicasStarting";
    public const string FailedCreate = "FailedCreate";
    public const string Replacing = "Replacing";
    public const string ReleaseNotFound = "ReleaseNotFound";
    public const string ReleaseNotVerified = "ReleaseNotVerified";
    public const string Verified = "Verified";
}
