using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;

namespace Trireme.Fleet.Placement;

/// <summary>
/// Says what changes of services would lead to, by the same choice of places that the operator makes. Releases that are not verified yet
/// are taken for usable; other changes of the fleet meanwhile are not foreseen.
/// </summary>
public static class PlacementForecast
{
    /// <param name="fleet">The fleet as it is.</param>
    /// <param name="changed">Services as they would be, with their replicas as they are.</param>
    /// <param name="runtimeBytes">What a replica's process may take above its budget.</param>
    public static FleetForecast Of(FleetSnapshot fleet, IEnumerable<ServiceSnapshot> changed, long runtimeBytes)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        ArgumentNullException.ThrowIfNull(changed);
        PlacementIndex before = fleet.Placement;
        List<ServiceSnapshot> services =
        [
            .. changed.OrderByDescending(static seen => seen.Service.Spec.Placement.PriorityClass)
                .ThenBy(static seen => seen.Key.ToString(), StringComparer.Ordinal),
        ];
        foreach (ServiceSnapshot seen in services) fleet = fleet.With(seen);
        var forecasts = new List<ServiceForecast>();
        foreach (ServiceSnapshot seen in services)
        {
            (fleet, ServiceForecast forecast) = Of(fleet, seen, runtimeBytes);
            forecasts.Add(forecast);
        }

        return new FleetForecast(forecasts, [.. before.Pools.Values.Select(pool => Of(pool, before, fleet.Placement))]);
    }

    private static (FleetSnapshot Fleet, ServiceForecast Forecast) Of(FleetSnapshot fleet, ServiceSnapshot seen, long runtimeBytes)
    {
        ModelService service = seen.Service;
        Release release = Usable(seen.WantedRelease ?? Placeholder(service));
        var template = new ReplicaTemplate(service, release);
        List<ModelReplica> live = [.. seen.Replicas.Where(static replica => !replica.Metadata.IsDeleting)];
        List<ModelReplica> current =
        [
            .. live.Where(replica => replica.Spec.ContentHash == release.Status!.ContentHash
                && replica.Metadata.Labels?.GetValueOrDefault(TriremeApi.TemplateHashLabel) == template.Hash),
        ];
        int wanted = DecidedReplicas.Of(service);
        int keeps = Math.Min(current.Count, wanted);
        List<ModelReplica> ends = [.. live.Except(current), .. current.Skip(wanted)];
        List<PlacementRequest> starts =
        [
            .. Enumerable.Range(1, wanted - keeps).Select(number => PlacementRequest.Of(
                template.Create(string.Create(CultureInfo.InvariantCulture, $"plan-{number}")), runtimeBytes)),
        ];

        PlacementDecision peak = PlacementPlanner.Decide(fleet, [.. starts.Take(BesideTheOld(seen, starts.Count, ends.Count))]);
        PlacementIndex after = fleet.Placement;
        foreach (Eviction eviction in peak.Evictions) after = after.Without(eviction.Victim);
        foreach (ModelReplica gone in ends) after = after.Without(new ReplicaKey(seen.Key.Namespace, gone.Metadata.Name));
        PlacementDecision end = PlacementPlanner.Decide(fleet with { Placement = after }, starts);
        return (fleet with { Placement = end.Index }, new ServiceForecast
        {
            Service = seen.Key,
            How = How(seen, live, starts.Count, ends.Count),
            Keeps = keeps,
            Starts = [.. starts.Select(start => new ReplicaForecast(start.MemoryBytes, PlaceOf(end.Index, start)))],
            Ends = [.. ends.Select(static replica => replica.Metadata.Name)],
            Problem = Problem(peak, end, starts),
            MakesRoom = [.. peak.Evictions.Select(static eviction => eviction.Message)],
        });
    }

    /// <summary>
    /// How many new replicas run while all old ones still do: all that only add, and all of a release that is tried beside the serving one;
    /// one, where replicas are replaced for another reason; none, where the strategy takes their room.
    /// </summary>
    private static int BesideTheOld(ServiceSnapshot seen, int starts, int ends)
    {
        if (ends == 0) return starts;
        if (MovesFrom(seen) is null) return Math.Min(1, starts);
        return seen.Service.Spec.Rollout.Strategy is RolloutStrategyType.InPlace or RolloutStrategyType.Recreate ? 0 : starts;
    }

    /// <summary>The release that serves, where the spec names another; null where it does not.</summary>
    private static ReleaseRef? MovesFrom(ServiceSnapshot seen) =>
        seen.Service.Status?.StableRelease is { } stable && stable.Name != seen.Service.Spec.Release ? stable : null;

    private static string? Problem(PlacementDecision peak, PlacementDecision end, List<PlacementRequest> starts)
    {
        if (starts.Find(start => end.Index.Waits.ContainsKey(start.Replica)) is { } homeless)
        {
            return end.Index.Waits[homeless.Replica].Message;
        }

        ReplicaWait? surge = starts.Select(start => peak.Index.Waits.GetValueOrDefault(start.Replica)).FirstOrDefault(
            static wait => wait is { Reason: PlacementReasons.Unschedulable });
        return surge is null
            ? null
            : "It would fit once the old replicas are gone, but new ones start beside them; spec.rollout.strategy InPlace or Recreate "
                + $"moves to another release in their room. {surge.Message}";
    }

    private static DeviceKey? PlaceOf(PlacementIndex index, PlacementRequest replica) =>
        index.Seats.TryGetValue(replica.Replica, out ReplicaSeat? seat) ? seat.Device : null;

    private static string How(ServiceSnapshot seen, List<ModelReplica> live, int starts, int ends)
    {
        ModelServiceSpec spec = seen.Service.Spec;
        if (starts == 0 && ends == 0) return "nothing to start or to end";
        if (live.Count == 0) return $"{starts} of release {spec.Release} start";
        if (MovesFrom(seen) is { } stable && spec.Replicas > 0)
        {
            string move = $"from release {stable.Name} to {spec.Release}";
            if (spec.Rollout.Strategy != RolloutStrategyType.Canary) return $"{spec.Rollout.Strategy} rollout {move}";
            string steps = string.Join(", ", spec.Rollout.Steps.Select(static step => $"{step.Weight}%"));
            return steps.Length == 0
                ? $"moves {move} at once"
                : $"rollout {move}, judged at {steps}";
        }

        return starts > 0 && ends > 0
            ? "replaced one by one: a new one starts, then an old one drains"
            : starts > 0 ? $"scaled up by {starts}" : $"scaled down by {ends}, which drain";
    }

    /// <summary>The release as it will be once it is verified.</summary>
    private static Release Usable(Release release) => release.Status is { ContentHash: not null, ResolvedPath: not null }
        ? release
        : release with { Status = new ReleaseStatus { ContentHash = "not verified yet", ResolvedPath = "/" } };

    private static Release Placeholder(ModelService service) => new()
    {
        Metadata = new ObjectMeta { Name = service.Spec.Release, Namespace = service.Metadata.Namespace },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = "/" } },
    };

    private static PoolForecast Of(PlacementPool pool, PlacementIndex before, PlacementIndex after)
    {
        List<DeviceLoad> devices = [.. before.DevicesOf(pool.Name)];
        bool measured = devices.TrueForAll(static device => device.MemoryBytes is not null);
        return new PoolForecast(
            pool.Name,
            measured ? devices.Where(static device => device.IsListed).Sum(static device => device.MemoryBytes!.Value) : null,
            devices.Sum(static device => device.Used),
            after.DevicesOf(pool.Name).Sum(static device => device.Used),
            Cost(pool, before),
            Cost(pool, after));
    }

    private static double Cost(PlacementPool pool, PlacementIndex index) =>
        index.DevicesOf(pool.Name).Sum(device => pool.Cost(device.Used, device.MemoryBytes));
}
