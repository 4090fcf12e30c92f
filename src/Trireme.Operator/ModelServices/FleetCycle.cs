using Trireme.Contracts.Resources;
using Trireme.Fleet;
using Trireme.Fleet.Placement;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;

namespace Trireme.Operator.ModelServices;

/// <summary>
/// Moves all services towards what their specs say, in cycles:
///   1. snapshot: read again what something happened to,
///   2. decide: over all of it together, as a pure function,
///   3. assume: the next cycle sees these decisions as done,
///   4. place: replicas without a place get one, those to be created too,
///   5. apply: every service by itself and in parallel.
/// An assumption ends when the API server reports the write, when the write fails, or after a time.
/// </summary>
internal sealed class FleetCycle(
    FleetView view, ServiceChanges changes, RolloutEvidence evidence, ScalingSignals scaling, TimeProvider time) : IReconciler
{
    /// <summary>Most services of one cycle, so that the first cycle over a large fleet lets urgent changes in between.</summary>
    private const int BatchSizeMax = 256;

    public IControlLoop CreateLoop(ControllerFactory controllers)
    {
        Informer<ModelService> services = controllers.Informers.Of<ModelService>();
        return controllers.For<ModelService>()
            .Owns<ModelReplica>()
            .Watches<Release>(release => ConcernedBy(release, services.Snapshot))
            .WatchesSource(announce => evidence.Changed += announce)
            .WatchesSource(announce => scaling.Changed += announce)
            .WatchesSource(announce => view.Seating.Concerned += announce)
            .BuildForBatches(BatchSizeMax, Run);
    }

    internal IReadOnlyList<(ResourceKey Key, Func<Task<ReconcileResult>> Apply)> Run(
        IReadOnlyList<ResourceKey> touched, CancellationToken cancellationToken)
    {
        // :: Step 1: snapshot.
        view.RefreshPlaces();
        foreach (ResourceKey key in touched) view.Refresh(key);

        // :: Step 2: decide.
        IReadOnlyList<ServiceDecision> decisions = FleetPlanner.Decide(
            view.Fleet, touched.Select(key => new ServiceKey(key.Namespace, key.Name)), time.GetUtcNow());

        // :: Step 3: assume.
        List<ServiceChange> decided = [.. decisions.Select(changes.Assume)];

        // :: Step 4: place.
        foreach (Eviction eviction in view.Place()) changes.Announce(eviction);

        // :: Step 5: apply.
        return
        [
            .. decided.Select(change => (
                ResourceKey.Of(change.Decision.Service),
                (Func<Task<ReconcileResult>>)(() => changes.ApplyAsync(change, cancellationToken)))),
        ];
    }

    /// <summary>
    /// Services that name the release or serve its content, and those whose release does not exist: what they say about it names the
    /// nearest one that does.
    /// </summary>
    private static IEnumerable<ResourceKey> ConcernedBy(Release release, ResourceSnapshot<ModelService> services)
    {
        string name = release.Metadata.Name;
        string? hash = release.Status?.ContentHash;
        foreach (ModelService service in services.InNamespace(release.Metadata.Namespace ?? "").Values)
        {
            ModelServiceStatus? status = service.Status;
            bool concerned = service.Spec.Release == name
                || status?.Conditions.IsTrue(ModelServiceConditions.ReleaseReady) != true
                || (hash is not null && status.Traffic?.Any(traffic => traffic.ContentHash == hash) == true);
            if (concerned) yield return ResourceKey.Of(service);
        }
    }
}
