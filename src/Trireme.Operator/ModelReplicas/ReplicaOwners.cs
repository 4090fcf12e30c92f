using System.Collections.Concurrent;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Operator.ModelReplicas;

/// <summary>Remembers which service a replica belongs to until after the replica is gone, so that the service hears of its end.</summary>
internal sealed class ReplicaOwners(Informer<ModelReplica> replicas)
{
    private readonly ConcurrentDictionary<ResourceKey, ResourceKey> _services = new();

    /// <summary>The service of a replica that has just changed.</summary>
    public ResourceKey? Of(ResourceKey replica)
    {
        if (replicas.Snapshot.Find(replica) is { } present)
        {
            return _services[replica] = new ResourceKey(replica.Namespace, present.Spec.Service);
        }

        return _services.TryRemove(replica, out ResourceKey service) ? service : null;
    }
}
