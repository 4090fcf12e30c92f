using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet;
using Trireme.Fleet.Placement;
using Trireme.Kubernetes;

namespace Trireme.Operator.Placement;

/// <summary>
/// Keeps the index of places up to date with what the API server reports, change by change, and has places looked for. Places are
/// remembered in the replicas' statuses, which is where the next operator finds them.
/// </summary>
internal sealed class ReplicaSeating : IReplicaPlaces
{
    /// <summary>Names no service: a cycle for it looks at who waits and decides nothing else.</summary>
    public static readonly ResourceKey Everyone = new("", "waiting replicas");

    private readonly Informer<ModelReplica> _replicas;
    private readonly Informer<AcceleratorPool> _pools;
    private readonly AssumedObjects<ModelReplica> _assumed;
    private readonly MachineCapacity? _machine;
    private readonly Lock _lock = new();
    private readonly HashSet<ResourceKey> _changedReplicas = [];
    private readonly HashSet<string> _changedPools = [AcceleratorPool.Local];
    private readonly HashSet<ResourceKey> _expected = [];
    private readonly List<PlacementRequest> _fresh = [];
    private PlacementIndex _index = PlacementIndex.Empty;
    private bool _isStarted;

    public ReplicaSeating(InformerSet informers, AssumedObjects<ModelReplica> assumed, MachineCapacity? machine, long runtimeBytes)
    {
        _replicas = informers.Of<ModelReplica>();
        _pools = informers.Of<AcceleratorPool>();
        _assumed = assumed;
        _machine = machine;
        RuntimeBytes = runtimeBytes;
        _replicas.Replaced += Note;
        _pools.Replaced += Note;
    }

    public event Action<ResourceKey>? Decided;

    /// <summary>Raised with a service that is to be decided, or with <see cref="Everyone"/>.</summary>
    public event Action<ResourceKey>? Concerned;

    /// <summary>Raised with a pool of which there is more to tell.</summary>
    public event Action<ResourceKey>? PoolChanged;

    /// <summary>Who sits where, as last decided.</summary>
    public PlacementIndex Index => Volatile.Read(ref _index);

    /// <summary>What is kept for the platform; null where the machine was not measured.</summary>
    public long? ReservedBytes => _machine?.ReservedBytes;

    /// <summary>What a replica's process may take above its budget.</summary>
    public long RuntimeBytes { get; }

    public ReplicaPlacement? Of(ModelReplica replica)
    {
        var key = new ReplicaKey(replica.Metadata.Namespace ?? "", replica.Metadata.Name);
        PlacementIndex index = Index;
        if (index.Seats.TryGetValue(key, out ReplicaSeat? seat)) return Placed(seat.Device.ToPlace());
        if (index.Waits.TryGetValue(key, out ReplicaWait? wait)) return new ReplicaPlacement(null, wait.Reason, wait.Message);
        return replica.Status?.Place is { } place ? Placed(place) : null;
    }

    /// <summary>Brings the fleet up to date with what was reported since the last call.</summary>
    public FleetSnapshot Refresh(FleetSnapshot fleet)
    {
        List<ResourceKey> replicas;
        List<string> pools;
        lock (_lock)
        {
            if (!_isStarted)
            {
                // Informers may have listed before anybody listened.
                _changedReplicas.UnionWith(_replicas.Snapshot.Keys);
                _changedPools.UnionWith(_pools.Snapshot.Keys.Select(static key => key.Name));
                _isStarted = true;
            }

            replicas = [.. _changedReplicas];
            pools = [.. _changedPools];
            _changedReplicas.Clear();
            _changedPools.Clear();
        }

        PlacementIndex index = fleet.Placement;
        foreach (string pool in pools) index = ReadPool(index, pool);
        foreach (ResourceKey key in replicas) index = ReadReplica(index, key);
        foreach (ResourceKey key in _expected.ToList())
        {
            bool isReported = _replicas.Snapshot.Find(key) is not null;
            if (!isReported && _assumed.Find(key) is not null) continue;
            _expected.Remove(key);
            if (!isReported) index = index.Without(new ReplicaKey(key.Namespace, key.Name));
        }

        return fleet with { Placement = index };
    }

    /// <summary>Has a place looked for a replica that is about to be created.</summary>
    public void Expect(ModelReplica replica)
    {
        _expected.Add(ResourceKey.Of(replica));
        _fresh.Add(PlacementRequest.Of(replica, RuntimeBytes));
    }

    /// <summary>Looks for places and tells of what came of it.</summary>
    public (FleetSnapshot Fleet, IReadOnlyList<Eviction> Evictions) Place(FleetSnapshot fleet)
    {
        PlacementDecision decision = PlacementPlanner.Decide(fleet, _fresh);
        _fresh.Clear();
        bool isNews = !ReferenceEquals(decision.Index, _index);
        Volatile.Write(ref _index, decision.Index);
        foreach (ReplicaKey replica in decision.Changed) Decided?.Invoke(new ResourceKey(replica.Namespace, replica.Name));
        foreach (Eviction eviction in decision.Evictions)
        {
            Concerned?.Invoke(new ResourceKey(eviction.Service.Namespace, eviction.Service.Name));
        }

        if (isNews)
        {
            foreach (string pool in decision.Index.Pools.Keys) PoolChanged?.Invoke(new ResourceKey("", pool));
        }

        return (fleet with { Placement = decision.Index }, decision.Evictions);
    }

    private static ReplicaPlacement Placed(ReplicaPlace place) =>
        new(place, PlacementReasons.Placed, $"It has its place on {place.Pool}/{place.Device}.");

    private PlacementIndex ReadPool(PlacementIndex index, string name)
    {
        AcceleratorPool? pool = _pools.Snapshot.Find(new ResourceKey("", name));
        // The machine is there before its object is.
        if (pool is null && name == AcceleratorPool.Local) pool = new AcceleratorPool { Metadata = new ObjectMeta { Name = name } };
        return pool is null ? index.Without(name) : index.With(PlacementPool.Of(pool, _machine));
    }

    private PlacementIndex ReadReplica(PlacementIndex index, ResourceKey key)
    {
        var replicaKey = new ReplicaKey(key.Namespace, key.Name);
        if (_replicas.Snapshot.Find(key) is not { } replica) return _expected.Contains(key) ? index : index.Without(replicaKey);
        index = SeatReading.Read(index, replica, RuntimeBytes, out PlacementRequest? fresh);
        if (fresh is not null) _fresh.Add(fresh);
        return index;
    }

    private void Note(ModelReplica? before, ModelReplica? after)
    {
        ModelReplica replica = (after ?? before)!;
        lock (_lock) _changedReplicas.Add(ResourceKey.Of(replica));
        // One that somebody made by hand belongs to no service whose cycle would find it.
        if (replica.Metadata.OwnerReferences is not { Count: > 0 }) Concerned?.Invoke(Everyone);
    }

    private void Note(AcceleratorPool? before, AcceleratorPool? after)
    {
        bool isSame = before is not null && after is not null
            && CanonicalJson.Same(before.Spec, after.Spec)
            && CanonicalJson.Same(before.Metadata.Labels, after.Metadata.Labels);
        if (isSame) return;
        lock (_lock) _changedPools.Add((after ?? before)!.Metadata.Name);
        Concerned?.Invoke(Everyone);
    }
}
