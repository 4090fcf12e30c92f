using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;

namespace Trireme.Fleet.Placement;

/// <summary>What became of a look for places.</summary>
/// <param name="Index">Who sits where and who waits now.</param>
/// <param name="Changed">Replicas that got a place or another reason to wait.</param>
/// <param name="Evictions">Who is to make room.</param>
public sealed record PlacementDecision(
    PlacementIndex Index, IReadOnlyList<ReplicaKey> Changed, IReadOnlyList<Eviction> Evictions);

/// <summary>
/// Gives places to replicas that have none: by priority class, then to services that lack replicas, those without any first, then the
/// largest first, which packs best. Looks at nobody who has a place, unless one of a higher class lacks its number; and again at those
/// who wait only once something has become free.
/// </summary>
public static class PlacementPlanner
{
    /// <param name="fleet">The fleet as it is.</param>
    /// <param name="fresh">Replicas that no place has been looked for yet.</param>
    public static PlacementDecision Decide(FleetSnapshot fleet, IReadOnlyList<PlacementRequest> fresh)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        ArgumentNullException.ThrowIfNull(fresh);
        PlacementIndex index = fleet.Placement;
        List<PlacementRequest> candidates = [.. fresh];
        if (!index.Waits.IsEmpty)
        {
            var known = fresh.Select(static request => request.Replica).ToHashSet();
            candidates.AddRange(index.Waits.Values
                .Where(wait => wait.TriedAt < index.Freed && !known.Contains(wait.Request.Replica))
                .Select(static wait => wait.Request));
        }

        if (candidates.Count == 0) return new PlacementDecision(index, [], []);
        candidates.Sort((left, right) => Rank(fleet, index, left).CompareTo(Rank(fleet, index, right)));
        var changed = new List<ReplicaKey>();
        var evictions = new List<Eviction>();
        foreach (PlacementRequest replica in candidates) index = Place(fleet, index, replica, changed, evictions);
        return new PlacementDecision(index, changed, evictions);
    }

    private static PlacementIndex Place(
        FleetSnapshot fleet, PlacementIndex index, PlacementRequest replica, List<ReplicaKey> changed, List<Eviction> evictions)
    {
        ReplicaWait? wait = index.Waits.GetValueOrDefault(replica.Replica);
        DeviceLoad? promised = wait?.Promised is { } kept ? index.Find(kept) : null;
        DeviceKey? device = promised is { IsListed: true } && promised.Free >= replica.MemoryBytes
            ? promised.Key
            : DeviceChoice.Find(index, replica);
        if (device is { } found)
        {
            changed.Add(replica.Replica);
            return index.Seat(replica, found);
        }

        bool stillComes = promised is not null && StillComes(index, promised, replica);
        if (!stillComes) index = index.CallOff(replica.Replica);
        ReplicaWait next = Waiting(index, replica, PlacementReasons.Unschedulable, PlacementWords.NoRoom(index, replica), null);
        if (stillComes)
        {
            next = wait! with { TriedAt = index.Freed };
        }
        else if (LacksMinimum(fleet, index, replica)
            && Preemption.Find(index, replica, ClassOf(fleet, replica.Service), service => ClassOf(fleet, service)) is { } room)
        {
            foreach (ReplicaSeat victim in room.Victims)
            {
                var eviction = new Eviction(
                    victim.Request.Replica,
                    victim.Request.Service,
                    replica.Replica,
                    PlacementWords.Preempted(victim, replica, ClassOf(fleet, replica.Service)));
                index = index.Evict(eviction);
                evictions.Add(eviction);
            }

            string message = PlacementWords.Preempting(replica, room.Device, room.Victims);
            next = Waiting(index, replica, PlacementReasons.Preempting, message, room.Device);
        }

        if (wait?.Message != next.Message) changed.Add(replica.Replica);
        return index.Wait(next);
    }

    /// <summary>
    /// Seats a replica that runs and of which nobody wrote down where: a version without places started it. It stays, room or not.
    /// </summary>
    public static PlacementIndex Adopt(PlacementIndex index, PlacementRequest replica, bool leaving)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(replica);
        DeviceKey device = DeviceChoice.Find(index, replica)
            ?? index.DevicesOf(AcceleratorPool.Local).FirstOrDefault()?.Key
            ?? new DeviceKey(AcceleratorPool.Local, PlacementPool.MachineDevice);
        return index.Seat(replica, device, leaving);
    }

    /// <summary>The class of a service; that of a service without a word for one that is gone.</summary>
    public static PriorityClass ClassOf(FleetSnapshot fleet, ServiceKey service)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        return fleet.Services.TryGetValue(service, out ServiceSnapshot? seen)
            ? seen.Service.Spec.Placement.PriorityClass
            : PriorityClass.Standard;
    }

    private static ReplicaWait Waiting(
        PlacementIndex index, PlacementRequest replica, string reason, string message, DeviceKey? promised) =>
        new(replica, reason, message, promised, index.Freed);

    /// <summary>Whether what others give up will be enough.</summary>
    private static bool StillComes(PlacementIndex index, DeviceLoad device, PlacementRequest replica)
    {
        long free = device.Free;
        foreach (ReplicaKey key in device.Replicas)
        {
            if (index.Seats[key].Leaving || index.Evictions.ContainsKey(key)) free += index.Seats[key].Request.MemoryBytes;
        }

        return device.IsListed && free >= replica.MemoryBytes;
    }

    private static bool LacksMinimum(FleetSnapshot fleet, PlacementIndex index, PlacementRequest replica) =>
        fleet.Services.TryGetValue(replica.Service, out ServiceSnapshot? seen)
        && index.SeatsOf(replica.Service) < DecidedReplicas.Of(seen.Service);

    private static (int Class, int Urgency, long Size, ReplicaKey Key) Rank(
        FleetSnapshot fleet, PlacementIndex index, PlacementRequest replica)
    {
        int urgency = index.SeatsOf(replica.Service) == 0 ? 0 : LacksMinimum(fleet, index, replica) ? 1 : 2;
        return (-(int)ClassOf(fleet, replica.Service), urgency, -replica.MemoryBytes, replica.Replica);
    }
}
