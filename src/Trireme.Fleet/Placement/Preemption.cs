using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Placement;

/// <summary>
/// Who makes room for a replica of a higher class. Where it can be had from replicas that drain anyway nobody else goes; else the device
/// is taken where the highest class that goes is lowest, and then where the fewest go.
/// </summary>
internal static class Preemption
{
    /// <param name="index">Who sits where.</param>
    /// <param name="replica">Who needs room.</param>
    /// <param name="own">The class of its service.</param>
    /// <param name="classOf">The class of any service.</param>
    /// <returns>The device, and who goes; null where nothing helps.</returns>
    public static (DeviceKey Device, IReadOnlyList<ReplicaSeat> Victims)? Find(
        PlacementIndex index, PlacementRequest replica, PriorityClass own, Func<ServiceKey, PriorityClass> classOf)
    {
        (DeviceKey Device, IReadOnlyList<ReplicaSeat> Victims)? best = null;
        (int Highest, int Count) least = default;
        foreach (PlacementPool pool in index.Pools.Values.Where(pool => pool.Problem is null && pool.Admits(replica.Wanted)))
        {
            foreach (DeviceLoad device in index.DevicesOf(pool.Name))
            {
                if (!device.IsListed || device.MemoryBytes < replica.MemoryBytes) continue;
                if (Victims(index, device, replica, own, classOf) is not { } victims) continue;
                var rank = (victims.Count == 0 ? -1 : victims.Max(seat => (int)classOf(seat.Request.Service)), victims.Count);
                if (best is not null && rank.CompareTo(least) >= 0) continue;
                (least, best) = (rank, (device.Key, victims));
            }
        }

        return best;
    }

    private static List<ReplicaSeat>? Victims(
        PlacementIndex index, DeviceLoad device, PlacementRequest replica, PriorityClass own, Func<ServiceKey, PriorityClass> classOf)
    {
        List<ReplicaSeat> seats = [.. device.Replicas.Select(key => index.Seats[key])];
        // What leaves already is room too, but for that which others have been promised.
        long free = device.Unpromised + seats.Where(seat => Leaves(index, seat)).Sum(static seat => seat.Request.MemoryBytes);
        List<ReplicaSeat> lower =
        [
            .. seats.Where(seat => !Leaves(index, seat) && classOf(seat.Request.Service) < own)
                .OrderBy(seat => classOf(seat.Request.Service)).ThenByDescending(static seat => seat.Request.MemoryBytes)
                .ThenBy(static seat => seat.Request.Replica),
        ];
        var victims = new List<ReplicaSeat>();
        foreach (ReplicaSeat seat in lower)
        {
            if (free >= replica.MemoryBytes) break;
            victims.Add(seat);
            free += seat.Request.MemoryBytes;
        }

        if (free < replica.MemoryBytes) return null;

        // Who was taken before one that was larger may not be needed any more; the highest class is spared first.
        for (int i = victims.Count - 1; i >= 0; i--)
        {
            if (free - victims[i].Request.MemoryBytes < replica.MemoryBytes) continue;
            free -= victims[i].Request.MemoryBytes;
            victims.RemoveAt(i);
        }

        return victims;
    }

    private static bool Leaves(PlacementIndex index, ReplicaSeat seat) =>
        seat.Leaving || index.Evictions.ContainsKey(seat.Request.Replica);
}
