using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Routing;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Services;

/// <summary>
/// Decides one service: which releases it runs, with how many replicas and what share of traffic, and what its status says.
/// </summary>
public static class ServicePlanner
{
    public static ServiceDecision Decide(ServiceSnapshot seen, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(seen);

        // 0. How many replicas the service wants, where its load decides that; everything below takes it from the spec.
        ModelService service = seen.Service;
        ScalingDecision? scaling = service.Spec.Scaling is { } spec ? ScalingPlanner.Decide(seen.ToScaling(spec, now)) : null;
        if (scaling is not null) seen = seen.Sized(scaling.Desired);

        // 1. Which releases have a part, and how large.
        RolloutDecision rollout = RolloutPlanner.Decide(seen.ToRollout(now));

        // 2. Which replicas that takes, made from what.
        var templates = new Dictionary<string, ReplicaTemplate>();
        var planned = new List<PlannedRelease>(rollout.Targets.Count);
        foreach (ReleaseTarget target in rollout.Targets)
        {
            string hash = target.Release.ContentHash;
            if (seen.UsableRelease(target.Release) is { } release) templates[hash] = new ReplicaTemplate(service, release);
            planned.Add(new PlannedRelease(hash, target.Replicas, templates.GetValueOrDefault(hash)?.Hash));
        }

        ServiceLoad? load = seen.Load?.Last;
        List<ReplicaView> views =
            [.. seen.Replicas.Select(replica => View(replica, seen.Evictions.ContainsKey(replica.Metadata.Name), load))];
        ReplicaPlan plan = ReplicaPlan.Make(planned, views, rollout.Exchange);

        // 3. What people and the gateway are told. The shares are of those replicas that answer and stay.
        rollout = rollout with
        {
            Targets = rollout.Exchange == ReplicaExchange.InPlace
                ? ReadyShares.ByReplica(rollout.Targets, seen.RunningBut([.. plan.Delete, .. seen.Evictions.Keys]))
                : ReadyShares.Of(rollout.Targets, seen.ReadyOf),
        };
        return new ServiceDecision
        {
            Service = service,
            Status = ServiceStatusPlan.Next(seen, rollout, planned, views, scaling, now),
            Create = [.. plan.Create.Select(creation => new ReplicaOrder(templates[creation.ContentHash], creation.Count))],
            Delete = plan.Delete.Count == 0 && seen.Evictions.Count == 0 ? [] : [.. seen.Replicas.Where(Goes)],
            RequeueAfter = Sooner(rollout.RequeueAfter, scaling?.RequeueAfter),
        };

        bool Goes(ModelReplica replica) => IsKnown(replica) && (plan.Delete.Contains(replica.Metadata.Name)
            || (!replica.Metadata.IsDeleting && seen.Evictions.ContainsKey(replica.Metadata.Name)));
    }

    /// <summary>
    /// False for a creation that no watch has reported: it bears no version that its deletion could be tied to, and may have become ready
    /// since.
    /// </summary>
    private static bool IsKnown(ModelReplica replica) => replica.Metadata.ResourceVersion is not null;

    private static TimeSpan? Sooner(TimeSpan? left, TimeSpan? right) => left is null || right < left ? right ?? left : left;

    private static ReplicaView View(ModelReplica replica, bool makesRoom, ServiceLoad? load) => new(
        replica.Metadata.Name,
        replica.Spec.ContentHash,
        replica.Metadata.Labels?.GetValueOrDefault(TriremeApi.TemplateHashLabel) ?? "",
        ServiceSnapshot.IsReady(replica),
        replica.Metadata.IsDeleting || makesRoom,
        replica.Metadata.CreationTimestamp ?? default,
        load?.Replicas.GetValueOrDefault(replica.Metadata.Name).InFlight ?? 0);
}
