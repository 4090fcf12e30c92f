using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// What follows on an order and how soon, in words that promise no more than the ready replicas hold: a release that has none yet takes
/// traffic after a start of its engine, and not at once. Where the strategy stops what answers first, that is said too.
/// </summary>
public static class OrderForecast
{
    /// <summary>How soon a release has the traffic that an undo gives it, as a clause that tells of "it".</summary>
    /// <param name="service">The service as it is.</param>
    /// <param name="release">The release that it goes back to.</param>
    public static string OfUndo(ModelService service, string release)
    {
        ArgumentNullException.ThrowIfNull(service);
        bool hasAll = service.Status?.Traffic?.Any(part => part.Name == release && part is { Weight: 100, ReadyReplicas: > 0 }) == true;
        if (hasAll) return "it has all traffic already, and spec.release names it again";
        return Of(service, release, service.Spec.Rollout, "gets its traffic as they become ready, each after its start");
    }

    /// <summary>How soon a release has the traffic that a promotion gives it, as a clause that tells of "it".</summary>
    /// <param name="service">The service as it is.</param>
    /// <param name="release">The release that is promoted.</param>
    public static string OfPromotion(ModelService service, string release)
    {
        ArgumentNullException.ThrowIfNull(service);

        // A move keeps its plan; one that was taken back begins anew with the present one.
        RolloutStatus? rollout = service.Status?.Rollout;
        RolloutSpec plan = RolloutPlanner.IsMoving(rollout) ? rollout!.Plan : service.Spec.Rollout;
        return Of(service, release, plan, "gets all traffic once all of them are");
    }

    private static string Of(ModelService service, string release, RolloutSpec plan, string otherwise)
    {
        int wanted = DecidedReplicas.Of(service);
        if (wanted == 0) return $"the service is scaled to zero, and it starts {DecidedReplicas.Raised(service.Spec)}";
        IReadOnlyList<ReleaseTraffic> traffic = service.Status?.Traffic ?? [];
        int ready = traffic.FirstOrDefault(part => part.Name == release)?.ReadyReplicas ?? 0;
        bool othersAnswer = traffic.Any(part => part.Name != release && part.ReadyReplicas > 0);
        if (ready == 0 && Outage(plan.Strategy, wanted, othersAnswer) is { } outage) return outage;
        return $"{ready} of its {wanted} replicas {(ready == 1 ? "is" : "are")} ready, and it "
            + (ready >= wanted ? "gets all traffic at once" : otherwise);
    }

    /// <summary>What is said of a strategy by which nothing answers until the release does; null where something does.</summary>
    private static string? Outage(RolloutStrategyType strategy, int wanted, bool othersAnswer)
    {
        bool isExchange = strategy == RolloutStrategyType.InPlace && wanted == 1;
        if (strategy != RolloutStrategyType.Recreate && !isExchange) return null;
        string how = isExchange ? "the strategy is InPlace and there is one replica" : "the strategy is Recreate";
        string first = othersAnswer ? "what answers now is stopped before it starts, and " : "";
        return $"{how}: {first}the service does not answer until its first replica is ready";
    }
}
