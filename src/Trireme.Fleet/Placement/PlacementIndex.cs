using System.Collections.Immutable;

namespace Trireme.Fleet.Placement;

/// <summary>
/// Who sits where and who waits, at one moment. Never changes; the next one shares all that stayed the same, so that to seat one replica
/// costs the logarithm of the number of devices, whatever the number of replicas.
/// </summary>
public sealed record PlacementIndex
{
    private static readonly ImmutableSortedDictionary<string, DeviceLoad> NoDevices =
        ImmutableSortedDictionary.Create<string, DeviceLoad>(StringComparer.Ordinal);

    public static PlacementIndex Empty { get; } = new();

    /// <summary>The pools by name.</summary>
    public ImmutableSortedDictionary<string, PlacementPool> Pools { get; private init; } =
        ImmutableSortedDictionary.Create<string, PlacementPool>(StringComparer.Ordinal);

    /// <summary>Replicas with a place, those that drain included.</summary>
    public ImmutableDictionary<ReplicaKey, ReplicaSeat> Seats { get; private init; } =
        ImmutableDictionary<ReplicaKey, ReplicaSeat>.Empty;

    /// <summary>Replicas without one.</summary>
    public ImmutableSortedDictionary<ReplicaKey, ReplicaWait> Waits { get; private init; } =
        ImmutableSortedDictionary<ReplicaKey, ReplicaWait>.Empty;

    /// <summary>Replicas that make room, until they are gone.</summary>
    public ImmutableDictionary<ReplicaKey, Eviction> Evictions { get; private init; } = ImmutableDictionary<ReplicaKey, Eviction>.Empty;

    /// <summary>How many replicas of the fleet have each size in bytes, with a place or without.</summary>
    public ImmutableSortedDictionary<long, int> Sizes { get; private init; } = ImmutableSortedDictionary<long, int>.Empty;

    /// <summary>Rises whenever there may be room that was not there before: nobody who waits need be looked at while it does not.</summary>
    public long Freed { get; private init; }

    private ImmutableDictionary<string, ImmutableSortedDictionary<string, DeviceLoad>> ByPool { get; init; } =
        ImmutableDictionary<string, ImmutableSortedDictionary<string, DeviceLoad>>.Empty;

    private ImmutableDictionary<string, ImmutableSortedSet<FreeDevice>> ByFree { get; init; } =
        ImmutableDictionary<string, ImmutableSortedSet<FreeDevice>>.Empty;

    private ImmutableDictionary<ServiceKey, int> SeatsByService { get; init; } = ImmutableDictionary<ServiceKey, int>.Empty;

    /// <summary>The devices of a pool in the order of their names, with those it has no more as long as replicas sit there.</summary>
    public IEnumerable<DeviceLoad> DevicesOf(string pool) => ByPool.GetValueOrDefault(pool, NoDevices).Values;

    public DeviceLoad? Find(DeviceKey key) => ByPool.GetValueOrDefault(key.Pool, NoDevices).GetValueOrDefault(key.Device);

    /// <summary>Replicas of a service with a place that do not drain.</summary>
    public int SeatsOf(ServiceKey service) => SeatsByService.GetValueOrDefault(service);

    /// <summary>The most that one device of a pool has for a replica that nobody has made room for; 0 without any.</summary>
    public long LargestFree(string pool) => ByFree.GetValueOrDefault(pool) is { IsEmpty: false } free ? Math.Max(0, free.Max.Bytes) : 0;

    /// <summary>Devices of a pool that have so much for such a replica, the fullest first.</summary>
    internal IEnumerable<DeviceLoad> WithRoomFor(string pool, long bytes)
    {
        if (ByFree.GetValueOrDefault(pool) is not { } free) yield break;
        int at = free.IndexOf(new FreeDevice(bytes, ""));
        for (int i = at < 0 ? ~at : at; i < free.Count; i++) yield return Find(new DeviceKey(pool, free[i].Device))!;
    }

    /// <summary>Adds or changes a pool. Who sits in it stays, wherever that is now.</summary>
    public PlacementIndex With(PlacementPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        PlacementIndex next = Without(pool.Name) with { Pools = Pools.SetItem(pool.Name, pool) };
        foreach ((string name, long? memory, int cores) in pool.Devices)
        {
            var key = new DeviceKey(pool.Name, name);
            next = next.Set((next.Find(key) ?? Vacant(key)) with { IsListed = true, MemoryBytes = memory, Cores = cores });
        }

        return next with { Freed = Freed + 1 };
    }

    /// <summary>Takes a pool away. Who sits in it stays.</summary>
    public PlacementIndex Without(string pool)
    {
        PlacementIndex next = this with { Pools = Pools.Remove(pool) };
        foreach (DeviceLoad device in DevicesOf(pool)) next = next.Set(device with { IsListed = false });
        return next;
    }

    /// <summary>Gives a replica a place, whether or not there is room: it may run there already.</summary>
    public PlacementIndex Seat(PlacementRequest replica, DeviceKey device, bool leaving = false)
    {
        ArgumentNullException.ThrowIfNull(replica);
        PlacementIndex next = Without(replica.Replica);
        return next.Set((next.Find(device) ?? Vacant(device)).With(replica)) with
        {
            Seats = next.Seats.Add(replica.Replica, new ReplicaSeat(replica, device, leaving)),
            SeatsByService = leaving ? next.SeatsByService : Count(next.SeatsByService, replica.Service, 1),
            Sizes = Count(next.Sizes, replica.MemoryBytes, 1),
            // To move or to mark a replica frees nothing that its removal did not.
            Freed = Seats.ContainsKey(replica.Replica) ? next.Freed : Freed,
        };
    }

    /// <summary>Says that a replica with a place drains.</summary>
    public PlacementIndex Leave(ReplicaKey replica) => Seats.TryGetValue(replica, out ReplicaSeat? seat) && !seat.Leaving
        ? this with
        {
            Seats = Seats.SetItem(replica, seat with { Leaving = true }),
            SeatsByService = Count(SeatsByService, seat.Request.Service, -1),
        }
        : this;

    /// <summary>Lets a replica wait.</summary>
    public PlacementIndex Wait(ReplicaWait waiting)
    {
        ArgumentNullException.ThrowIfNull(waiting);
        ReplicaKey replica = waiting.Request.Replica;
        ReplicaWait? known = Waits.GetValueOrDefault(replica);
        PlacementIndex next = known?.Promised == waiting.Promised ? this : Promise(known, -1).Promise(waiting, 1);
        return next with
        {
            Waits = next.Waits.SetItem(replica, waiting),
            Sizes = known is null ? Count(next.Sizes, waiting.Request.MemoryBytes, 1) : next.Sizes,
        };
    }

    /// <summary>Asks a replica to make room.</summary>
    public PlacementIndex Evict(Eviction eviction)
    {
        ArgumentNullException.ThrowIfNull(eviction);
        return this with { Evictions = Evictions.SetItem(eviction.Victim, eviction) };
    }

    /// <summary>Forgets a replica: its place, its wait, and who was to make room for it.</summary>
    public PlacementIndex Without(ReplicaKey replica)
    {
        PlacementIndex next = this;
        if (next.Seats.TryGetValue(replica, out ReplicaSeat? seat))
        {
            next = next.Set(next.Find(seat.Device)!.Without(seat.Request)) with
            {
                Seats = next.Seats.Remove(replica),
                Evictions = next.Evictions.Remove(replica),
                SeatsByService = seat.Leaving ? next.SeatsByService : Count(next.SeatsByService, seat.Request.Service, -1),
                Sizes = Count(next.Sizes, seat.Request.MemoryBytes, -1),
                Freed = next.Freed + 1,
            };
        }

        if (next.Waits.TryGetValue(replica, out ReplicaWait? wait))
        {
            next = next.Promise(wait, -1) with
            {
                Waits = next.Waits.Remove(replica),
                Sizes = Count(next.Sizes, wait.Request.MemoryBytes, -1),
            };
            if (wait.Promised is not null) next = next.CallOff(replica);
        }

        return next;
    }

    /// <summary>Nobody need make room for this one any more. Who drains already does so to its end.</summary>
    internal PlacementIndex CallOff(ReplicaKey beneficiary)
    {
        List<ReplicaKey> spared = [.. Evictions.Values.Where(eviction => eviction.For == beneficiary).Select(static e => e.Victim)];
        return spared.Count == 0 ? this : this with { Evictions = Evictions.RemoveRange(spared) };
    }

    private PlacementIndex Promise(ReplicaWait? wait, int sign)
    {
        if (wait?.Promised is not { } key || Find(key) is not { } device) return this;
        PlacementIndex next = Set(device with { Promised = device.Promised + (sign * wait.Request.MemoryBytes) });
        return sign < 0 ? next with { Freed = next.Freed + 1 } : next;
    }

    private PlacementIndex Set(DeviceLoad device)
    {
        DeviceKey key = device.Key;
        ImmutableSortedDictionary<string, DeviceLoad> devices = ByPool.GetValueOrDefault(key.Pool, NoDevices);
        ImmutableSortedSet<FreeDevice> free = ByFree.GetValueOrDefault(key.Pool, []);
        if (devices.TryGetValue(key.Device, out DeviceLoad? before)) free = free.Remove(new FreeDevice(before.Unpromised, key.Device));
        if (device.IsListed) free = free.Add(new FreeDevice(device.Unpromised, key.Device));
        bool isGone = device is { IsListed: false, Replicas.IsEmpty: true, Promised: 0 };
        return this with
        {
            ByPool = ByPool.SetItem(key.Pool, isGone ? devices.Remove(key.Device) : devices.SetItem(key.Device, device)),
            ByFree = ByFree.SetItem(key.Pool, free),
        };
    }

    private static DeviceLoad Vacant(DeviceKey key) => new(key, false, 0, 1, 0, 0, 0, []);

    private static ImmutableDictionary<ServiceKey, int> Count(ImmutableDictionary<ServiceKey, int> counts, ServiceKey key, int more)
    {
        int next = counts.GetValueOrDefault(key) + more;
        return next == 0 ? counts.Remove(key) : counts.SetItem(key, next);
    }

    private static ImmutableSortedDictionary<long, int> Count(ImmutableSortedDictionary<long, int> counts, long key, int more)
    {
        int next = counts.GetValueOrDefault(key) + more;
        return next == 0 ? counts.Remove(key) : counts.SetItem(key, next);
    }

    private readonly record struct FreeDevice(long Bytes, string Device) : IComparable<FreeDevice>
    {
        public int CompareTo(FreeDevice other)
        {
            int byFree = Bytes.CompareTo(other.Bytes);
            return byFree != 0 ? byFree : string.CompareOrdinal(Device, other.Device);
        }
    }
}
