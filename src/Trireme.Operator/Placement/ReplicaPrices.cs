using Trireme.Contracts.Resources;
using Trireme.Fleet.Tenancy;
using Trireme.Kubernetes;

namespace Trireme.Operator.Placement;

/// <summary>What replicas cost where they are, by the prices of their pools.</summary>
internal sealed class ReplicaPrices(InformerSet informers, OperatorOptions options)
{
    private readonly Informer<AcceleratorPool> _pools = informers.Of<AcceleratorPool>();

    /// <summary>The mean price of replicas for an hour; null where one of them has none, or there are none.</summary>
    public double? PerHour(IReadOnlyList<ModelReplica> replicas)
    {
        if (replicas.Count == 0) return null;
        var prices = new PoolPrices(_pools.Snapshot.Items);
        double sum = 0;
        foreach (ModelReplica replica in replicas)
        {
            long memory = replica.Spec.Resources.Memory.Bytes + options.Replicas.RuntimeMemoryBytes;
            if (replica.Status?.Place is not { } place || prices.PerHourAt(place, memory) is not { } price) return null;
            sum += price;
        }

        return sum / replicas.Count;
    }
}
