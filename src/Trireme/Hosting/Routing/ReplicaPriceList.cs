using Trireme.Contracts.Resources;
using Trireme.Fleet.Tenancy;
using Trireme.Kubernetes;

namespace Trireme.Hosting.Routing;

/// <summary>What replicas cost for an hour where they are, by the prices of their pools.</summary>
/// <param name="pools">The pools; null where none are known.</param>
/// <param name="runtimeMemoryBytes">What an engine takes beside what its service asks for.</param>
internal sealed class ReplicaPriceList(Informer<AcceleratorPool>? pools, long runtimeMemoryBytes)
{
    public static ReplicaPriceList None { get; } = new(null, 0);

    /// <summary>Calls back with each change of a pool, until it is taken back.</summary>
    public void Watch(Action<ResourceKey> changed)
    {
        if (pools is not null) pools.Changed += changed;
    }

    public void Unwatch(Action<ResourceKey> changed)
    {
        if (pools is not null) pools.Changed -= changed;
    }

    /// <summary>The prices in force now: 0 for a replica whose pool has none, or is not known yet.</summary>
    public Func<ModelReplica, double> Now()
    {
        var prices = new PoolPrices(pools?.Snapshot.Items ?? []);
        return replica => replica.Status?.Place is { } place
            ? prices.PerHourAt(place, replica.Spec.Resources.Memory.Bytes + runtimeMemoryBytes) ?? 0
            : 0;
    }
}
