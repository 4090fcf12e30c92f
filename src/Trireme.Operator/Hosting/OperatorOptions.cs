using Trireme.Fleet.Placement;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;

namespace Trireme.Operator;

/// <summary>How the operator works on this machine.</summary>
public sealed record OperatorOptions
{
    /// <summary>
    /// Folder of the platform's data; replicas keep their state in "replicas" inside it and their logs in "logs/replicas".
    /// </summary>
    public required string DataFolder { get; init; }

    public required WorkerProgram Worker { get; init; }

    /// <summary>Folders in which relative release paths are looked up, first match wins.</summary>
    public required IReadOnlyList<string> ModelRoots { get; init; }

    /// <summary>
    /// File this process keeps locked while it lives. Workers watch it and end when nobody has held it for a minute.
    /// "owner.lock" in the replicas folder by default.
    /// </summary>
    public string? OwnerLock { get; init; }

    /// <summary>Pause between checks of a release's files on disk. 3 minutes.</summary>
    public TimeSpan ReleaseRecheckInterval { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Whether engines go on when the host stops, for the next one to adopt; after a time without one they end.</summary>
    public bool LeaveReplicas { get; init; }

    public ArtifactOptions Artifacts { get; init; } = new();

    public ReplicaTimings Replicas { get; init; } = new();

    /// <summary>
    /// What replicas may take of this machine, which is the pool "local"; null where that is not known, and then none is refused for want
    /// of memory. <see cref="Runtimes.Processes.LocalMachine"/> measures it.
    /// </summary>
    public MachineCapacity? Machine { get; init; }

    /// <summary>Elects one active operator among several; null where only one can run, as on the embedded server.</summary>
    public LeaderLeaseOptions? LeaderElection { get; init; }

    internal string ReplicasFolder => Path.Combine(DataFolder, "replicas");

    internal string ArtifactsFolder => Path.Combine(DataFolder, "artifacts");

    internal string ReplicaLogsFolder => Path.Combine(DataFolder, "logs", "replicas");

    internal string OwnerLockFile => OwnerLock ?? Path.Combine(ReplicasFolder, "owner.lock");
}
