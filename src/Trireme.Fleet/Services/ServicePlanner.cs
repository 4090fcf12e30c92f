using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Routing;

namespace Trireme.Fleet.Services;

/// <summary>
/// Decides one service: which releases it runs, with how many replicas and what share of traffic, and what its status says.
/// </summary>
public static class ServicePlanner
{
    public static ServiceDecision Decide(ServiceSnapshot seen, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(seen);

        // 1. Which releases have a part, and how large.
        RolloutDecision rollout = RolloutPlanner.Decide(seen.ToRollout(now));
        rollout = rollout with { Targets = ReadyShares.Of(rollout.Targets, seen.ReadyOf) };

        // 2. Which replicas that takes, made from what.
        var templates = new Dictionary<string, ReplicaTemplate>();
        var planned = new List<PlannedRelease>(rollout.Targets.Count);
        foreach (ReleaseTarget target in rollout.Targets)
        {
            string hash = target.Release.ContentHash;
            if (seen.UsableRelease(target.Release) is { } release) templates[hash] = new ReplicaTemplate(seen.Service, release);
            planned.Add(new PlannedRelease(hash, target.Replicas, templates.GetValueOrDefault(hash)?.Hash));
        }

        List<ReplicaView> views = [.. seen.Replicas.Select(View)];
        ReplicaPlan plan = ReplicaPlan.Make(planned, views);

        // 3. What people and the gateway are told.
        return new ServiceDecision
        {
            Service = seen.Service,
            Status = ServiceStatusPlan.Next(seen, rollout, planned, views, now),
            Create = [.. plan.Create.Select(creation => new ReplicaOrder(templates[creation.ContentHash], creation.Count))],
            Delete = plan.Delete.Count == 0
                ? []
                : [.. seen.Replicas.Where(replica => plan.Delete.Contains(replica.Metadata.Name) && IsKnown(replica))],
            RequeueAfter = rollout.RequeueAfter,
        };
    }

    /// <summary>
    /// False for a creation that no watch has reported: it bears no version that its deletion could be tied to, and may have become ready
    /// since.
    /// </summary>
    private static bool IsKnown(ModelReplica replica) => replica.Metadata.ResourceVersion is not null;

    private static ReplicaView View(ModelReplica replica) => new(
        replica.Metadata.Name,
        replica.Spec.ContentHash,
        replica.Metadata.Labels?.GetValueOrDefault(TriremeApi.TemplateHashLabel) ?? "",
        ServiceSnapshot.IsReady(replica),
        replica.Metadata.IsDeleting,
        replica.Metadata.CreationTimestamp ?? default);
}
