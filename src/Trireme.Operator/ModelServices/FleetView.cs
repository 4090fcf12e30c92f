using System.Collections.Concurrent;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Fleet;
using Trireme.Fleet.Placement;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;
using Trireme.Operator.Placement;

namespace Trireme.Operator.ModelServices;

/// <summary>
/// The fleet as the next decision sees it: what the API server reported, with the operator's own writes on top. Only the services that
/// something happened to are read again.
/// </summary>
internal sealed class FleetView
{
    /// <summary>
    /// Answers take milliseconds, and a lost one is asked for again within seconds. Informers give up a watch that is silent for two
    /// minutes, and list again then, which may take some tries.
    /// </summary>
    public static readonly AssumptionLifetimes Lifetimes = new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5));

    private readonly Informer<Release> _releases;
    private readonly RolloutEvidence _evidence;
    private readonly ScalingSignals _scaling;
    private readonly StageClocks _clocks;

    /// <param name="informers">What the API server reports.</param>
    /// <param name="evidence">What is known of rollouts.</param>
    /// <param name="scaling">What is known of loads.</param>
    /// <param name="options">What this machine has, and what a replica's process takes beside its budget.</param>
    /// <param name="metrics">Where assumptions that expired are counted.</param>
    /// <param name="time">Measures.</param>
    public FleetView(
        InformerSet informers,
        RolloutEvidence evidence,
        ScalingSignals scaling,
        OperatorOptions options,
        MetricRegistry metrics,
        TimeProvider time)
    {
        Counter expired = metrics.Counter(
            OperatorMetricNames.AssumptionsExpired, "Writes that the API server never reported back in time.", "kind");
        _releases = informers.Of<Release>();
        _evidence = evidence;
        _scaling = scaling;
        _clocks = new StageClocks(time);
        Services = new AssumedObjects<ModelService>(
            informers.Of<ModelService>(),
            static (service, at) => service with { Metadata = service.Metadata with { DeletionTimestamp = at } },
            Lifetimes,
            expired.With("modelservices"),
            time);
        Replicas = new AssumedObjects<ModelReplica>(
            informers.Of<ModelReplica>(),
            static (replica, at) => replica with { Metadata = replica.Metadata with { DeletionTimestamp = at } },
            Lifetimes,
            expired.With("modelreplicas"),
            time);
        Seating = new ReplicaSeating(informers, Replicas, options.Machine, options.Replicas.RuntimeMemoryBytes);
    }

    public AssumedObjects<ModelService> Services { get; }

    public AssumedObjects<ModelReplica> Replicas { get; }

    /// <summary>Who sits where.</summary>
    public ReplicaSeating Seating { get; }

    /// <summary>Why replicas could not be created, by service, as long as that is so.</summary>
    public ConcurrentDictionary<ResourceKey, string> CreationProblems { get; } = new();

    public FleetSnapshot Fleet { get; private set; } = FleetSnapshot.Empty;

    /// <summary>Reads again where replicas sit, as far as that changed.</summary>
    public void RefreshPlaces() => Fleet = Seating.Refresh(Fleet);

    /// <summary>Looks for places for the replicas that have none. Returns who makes room for whom.</summary>
    public IReadOnlyList<Eviction> Place()
    {
        (Fleet, IReadOnlyList<Eviction> evictions) = Seating.Place(Fleet);
        return evictions;
    }

    /// <summary>
    /// Reads a service again. What a deleted service owned is collected by the API server, so it leaves the fleet at once.
    /// </summary>
    public void Refresh(ResourceKey key)
    {
        if (Services.Find(key) is not { Metadata.IsDeleting: false } service)
        {
            Fleet = Fleet.Without(new ServiceKey(key.Namespace, key.Name));
            _evidence.Forget(key);
            _scaling.Forget(key);
            _clocks.Forget(key);
            CreationProblems.TryRemove(key, out _);
            return;
        }

        var seen = new ServiceSnapshot
        {
            Service = service,
            Releases = _releases.Snapshot.InNamespace(key.Namespace),
            Replicas = [.. Replicas.OwnedBy(service.Metadata.Uid!).OrderBy(replica => replica.Metadata.Name, StringComparer.Ordinal)],
            CreationProblem = CreationProblems.GetValueOrDefault(key),
            Evictions = EvictionsOf(new ServiceKey(key.Namespace, key.Name)),
        };
        Fleet = Fleet.With(_scaling.AddTo(_evidence.AddTo(seen with { Elapsed = _clocks.Read(seen) })));
    }

    private Dictionary<string, Eviction> EvictionsOf(ServiceKey service) => Fleet.Placement.Evictions.Values
        .Where(eviction => eviction.Service == service)
        .ToDictionary(static eviction => eviction.Victim.Name);
}
