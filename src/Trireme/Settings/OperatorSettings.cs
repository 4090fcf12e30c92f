using Trireme.Fleet.Replicas;

namespace Trireme.Settings;

/// <summary>Times of the operator and of the replicas it runs.</summary>
internal sealed record OperatorSettings
{
    /// <summary>Pause between checks of a release's files on disk.</summary>
    public TimeSpan ReleaseRecheckInterval { get; init; } = TimeSpan.FromMinutes(3);

    public ReplicaTimings Replicas { get; init; } = new();
}
