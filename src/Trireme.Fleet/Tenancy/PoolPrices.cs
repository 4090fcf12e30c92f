using Trireme.Contracts.Resources;
using Trireme.Fleet.Placement;

namespace Trireme.Fleet.Tenancy;

/// <summary>What replicas are forecast to cost: on the cheapest pool that may take them, which placement chooses first.</summary>
public sealed class PoolPrices
{
    private readonly List<PlacementPool> _pools;

    /// <param name="pools">The pools there are, with their statuses, which tell what this machine was measured to have.</param>
    public PoolPrices(IEnumerable<AcceleratorPool> pools)
    {
        ArgumentNullException.ThrowIfNull(pools);
        _pools =
        [
            .. pools.Select(static pool => PlacementPool.Of(pool, Measured(pool.Status)))
                .Where(static pool => pool.Problem is null)
                .OrderBy(static pool => pool.PricePerHour).ThenBy(static pool => pool.TrustLevel),
        ];
    }

    /// <summary>Cost of a replica for an hour; 0 where no pool would take it, or its size is not known.</summary>
    public double PerHour(PlacementSpec wanted, long memoryBytes)
    {
        foreach (PlacementPool pool in _pools)
        {
            if (!pool.Admits(wanted)) continue;
            long? fits = pool.Devices.Where(device => device.MemoryBytes >= memoryBytes).Min(static device => device.MemoryBytes);
            if (fits is not null) return pool.Cost(memoryBytes, fits);
        }

        return 0;
    }

    /// <summary>What a replica costs for an hour where it is; null where the pool is not known or has no price.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="memoryBytes">What it takes of the device's memory.</param>
    public double? PerHourAt(ReplicaPlace place, long memoryBytes)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (_pools.Find(pool => pool.Name == place.Pool) is not { PricePerHour: > 0 } found) return null;
        long? deviceBytes = found.Devices.FirstOrDefault(device => device.Name == place.Device).MemoryBytes;
        double cost = found.Cost(memoryBytes, deviceBytes);
        return cost > 0 ? cost : null;
    }

    private static MachineCapacity? Measured(AcceleratorPoolStatus? status) =>
        status?.Capacity is { } capacity ? new MachineCapacity(capacity.Bytes, Math.Max(1, status.Cores), 0) : null;
}
