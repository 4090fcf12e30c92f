using System.Collections.Concurrent;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.Placement;
using Trireme.Operator.Runtimes;

namespace Trireme.Operator.ModelReplicas;

/// <summary>What this process has said of each replica in its status. A status without a report is what a process before found.</summary>
public sealed class ReplicaReports
{
    private readonly ConcurrentDictionary<ResourceKey, Report> _reports = new();

    /// <summary>Whether the status is of what this process saw.</summary>
    public bool Contains(ResourceKey replica) => _reports.ContainsKey(replica);

    /// <summary>Whether the status says already what was seen, and is as it was written.</summary>
    internal bool Cover(ModelReplica replica, ReplicaObservation seen, ReplicaPlacement? placement) =>
        _reports.TryGetValue(ResourceKey.Of(replica), out Report? report)
        && report == new Report(replica.Metadata.ResourceVersion, seen, placement);

    internal void Add(ModelReplica written, ReplicaObservation seen, ReplicaPlacement? placement) =>
        _reports[ResourceKey.Of(written)] = new Report(written.Metadata.ResourceVersion, seen, placement);

    internal void Remove(ResourceKey replica) => _reports.TryRemove(replica, out _);

    private sealed record Report(string? ResourceVersion, ReplicaObservation Seen, ReplicaPlacement? Placement);
}
