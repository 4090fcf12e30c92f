using Trireme.Fleet.Replicas;

namespace Trireme.Settings;

/// <summary>Times of the operator and of the replicas it runs.</summary>
internal sealed record OperatorSettings
{
    /// <summary>Pause between checks of a release's files on disk.</summary>
    public TimeSpan ReleaseRecheckInterval { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Memory of the machine that replicas may not have; null for the usual part.</summary>
    public long? ReservedMemoryBytes { get; init; }

    /// <summary>Whether replicas serve on when the platform is stopped.</summary>
    public bool LeaveReplicas { get; init; }

    public ReplicaTimings Replicas { get; init; } = new();
}
