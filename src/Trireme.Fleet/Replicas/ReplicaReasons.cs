namespace Trireme.Fleet.Replicas;

/// <summary>Reasons of a ModelReplica's Ready condition.</summary>
public static class ReplicaReasons
{
    public const string Answering = "Answering";
    public const string Loading = "Loading";
    public const string NotAnswering = "NotAnswering";

    /// <summary>Its engine sleeps, and nobody here asked for that.</summary>
    public const string PutToSleep = "PutToSleep";

    public const string Starting = "Starting";

    /// <summary>The files it would be started on are missing, or not those of its release.</summary>
    public const string ReleaseNotUsable = "ReleaseNotUsable";

    /// <summary>No pool has room for it.</summary>
    public const string Unschedulable = "Unschedulable";

    /// <summary>The machine would not start its process.</summary>
    public const string StartFailed = "StartFailed";

    public const string BackingOff = "BackingOff";
    public const string CannotServe = "CannotServe";
    public const string ModelFileChanged = "ModelFileChanged";
    public const string Draining = "Draining";
    public const string PlatformStopped = "PlatformStopped";
}
