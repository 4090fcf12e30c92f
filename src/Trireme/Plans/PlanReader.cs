using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Fleet;
using Trireme.Fleet.Placement;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;

namespace Trireme.Plans;

/// <summary>Reads the fleet from the API server and forecasts what planned objects would lead to. Writes nothing.</summary>
internal sealed class PlanReader(KubernetesConnection server)
{
    public async Task<Plan> ReadAsync(IReadOnlyList<PlannedObject> objects, CancellationToken cancellationToken)
    {
        List<AcceleratorPool> pools =
            [.. await ListAsync<AcceleratorPool>(cancellationToken), .. Planned<AcceleratorPool>(objects)];
        List<Release> releases = [.. await ListAsync<Release>(cancellationToken), .. Planned<Release>(objects)];
        IReadOnlyList<ModelService> services = await ListAsync<ModelService>(cancellationToken);
        IReadOnlyList<ModelReplica> replicas = await ListAsync<ModelReplica>(cancellationToken);
        long runtimeBytes = pools.FirstOrDefault(static pool => pool.Metadata.Name == AcceleratorPool.Local)?.Status?.RuntimeMemory.Bytes
            ?? new ReplicaTimings().RuntimeMemoryBytes;
        FleetSnapshot fleet = FleetSnapshot.Empty with { Placement = Places(pools, replicas, runtimeBytes) };
        foreach (ModelService service in services) fleet = fleet.With(See(service));
        IEnumerable<ModelService> changed = Planned<ModelService>(objects.Where(static planned => planned.Change != "unchanged"));
        return new Plan(objects, PlacementForecast.Of(fleet, changed.Select(See), runtimeBytes));

        ServiceSnapshot See(ModelService service) => new()
        {
            Service = service,
            // What is planned comes last and counts.
            Releases = releases.Where(release => release.Metadata.Namespace == service.Metadata.Namespace)
                .GroupBy(static release => release.Metadata.Name).ToDictionary(static of => of.Key, Known),
            Replicas =
            [
                .. replicas.Where(replica => replica.Metadata.Namespace == service.Metadata.Namespace
                    && replica.Spec.Service == service.Metadata.Name),
            ],
        };
    }

    /// <summary>A release that is there already says what it holds; one that is planned does not.</summary>
    private static Release Known(IGrouping<string, Release> versions) =>
        versions.FirstOrDefault(static release => release.Status?.ContentHash is not null) ?? versions.Last();

    private static PlacementIndex Places(
        IReadOnlyList<AcceleratorPool> pools, IReadOnlyList<ModelReplica> replicas, long runtimeBytes)
    {
        PlacementIndex index = PlacementIndex.Empty;
        foreach (AcceleratorPool pool in pools)
        {
            MachineCapacity? machine = pool.Status?.Capacity is { } capacity
                ? new MachineCapacity(capacity.Bytes, Math.Max(1, pool.Status.Cores), 0)
                : null;
            index = index.With(PlacementPool.Of(pool, machine));
        }

        // Who waits for a place has none: it takes nothing from what is planned unless that changes.
        foreach (ModelReplica replica in replicas) index = SeatReading.Read(index, replica, runtimeBytes, out _);
        return index;
    }

    private async Task<IReadOnlyList<T>> ListAsync<T>(CancellationToken cancellationToken)
        where T : class, IResource =>
        (await new ResourceClient<T>(server).ListAsync(cancellationToken: cancellationToken)).Items;

    private static IEnumerable<T> Planned<T>(IEnumerable<PlannedObject> objects)
        where T : class, IResource
    {
        ResourceDefinition definition = ResourceCatalog.Of<T>();
        return objects.Where(planned => planned.Definition == definition && planned.After is not null)
            .Select(static planned => planned.After.Deserialize<T>(ResourceJson.Options)!);
    }
}
