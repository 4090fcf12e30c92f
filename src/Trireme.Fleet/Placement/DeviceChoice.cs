namespace Trireme.Fleet.Placement;

/// <summary>
/// Which device a replica is placed on: in the cheapest pool with room, and there where the least free memory is lost to the sizes that
/// the fleet's replicas have; of devices alike in that, the fullest, and then the one with the fewest threads for each core.
/// </summary>
internal static class DeviceChoice
{
    /// <summary>Devices looked at in a pool, the fullest first: those beyond leave larger pieces whole.</summary>
    private const int DevicesMax = 64;

    public static DeviceKey? Find(PlacementIndex index, PlacementRequest replica)
    {
        IEnumerable<PlacementPool> pools = index.Pools.Values
            .Where(pool => pool.Problem is null && pool.Admits(replica.Wanted))
            .OrderBy(static pool => pool.PricePerHour).ThenBy(static pool => pool.TrustLevel);
        StrandedMemory? stranded = null;
        foreach (PlacementPool pool in pools)
        {
            stranded ??= new StrandedMemory(index.Sizes.SetItem(
                replica.MemoryBytes, index.Sizes.GetValueOrDefault(replica.MemoryBytes) + 1));
            if (FindIn(index, pool.Name, replica, stranded) is { } found) return found;
        }

        return null;
    }

    private static DeviceKey? FindIn(PlacementIndex index, string pool, PlacementRequest replica, StrandedMemory stranded)
    {
        (double Lost, long Free, double Crowd) least = default;
        DeviceKey? best = null;
        long value = -1;
        double lost = 0;
        foreach (DeviceLoad device in index.WithRoomFor(pool, replica.MemoryBytes).Take(DevicesMax))
        {
            if (device.Unpromised != value)
            {
                value = device.Unpromised;
                lost = stranded.Of(value - replica.MemoryBytes) - stranded.Of(value);
            }

            var rank = (lost, value, (double)(device.Threads + replica.Threads) / Math.Max(1, device.Cores));
            if (best is not null && rank.CompareTo(least) >= 0) continue;
            (least, best) = (rank, device.Key);
        }

        return best;
    }
}
