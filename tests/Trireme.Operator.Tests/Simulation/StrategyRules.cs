using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Scaling;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>What each strategy promises of traffic, told from a written status alone.</summary>
internal static class StrategyRules
{
    /// <summary>Null if the status keeps what its move's strategy promises.</summary>
    public static string? Broken(ModelService service, RolloutStatus rollout)
    {
        int replicas = DecidedReplicas.Of(service);
        if (!RolloutOrders.IsMoving(rollout) || replicas == 0) return null;
        ModelServiceStatus status = service.Status!;
        if (status.ObservedGeneration != service.Metadata.Generation) return null;
        string move = $"move {rollout.Revision} of {service.Metadata.Name} to {rollout.To.Name} ({rollout.Plan.Strategy})";
        ReleaseTraffic? from = Part(status, rollout.From), to = Part(status, rollout.To);
        if (to is null) return $"{move} has no part in traffic";
        if (rollout.Plan.Strategy == RolloutStrategyType.InPlace) return BrokenInPlace(status, move);
        if (rollout.Plan.Strategy == RolloutStrategyType.Recreate) return from is null ? null : $"{move} keeps what it is to stop";
        if (from is null) return $"{move} has let go of {rollout.From.Name}";
        if (from.WantedReplicas < replicas) return $"{move} keeps {from.WantedReplicas} replicas of {from.Name}";

        // Of a side that has no ready replica the other one stands in.
        if (from.ReadyReplicas == 0 || to.ReadyReplicas == 0) return null;
        int carried = 100 * to.ReadyReplicas / replicas;
        bool isTrusted = rollout.Order == RolloutOrder.Undo || rollout.Plan.Strategy == RolloutStrategyType.BlueGreen;
        int most = isTrusted ? Math.Max(carried, 100 * to.ReadyReplicas / (to.ReadyReplicas + from.ReadyReplicas)) : carried;
        if (to.Weight > most) return $"{move} gets {to.Weight}% where {most}% can be carried";
        bool isSwitched = rollout is { Phase: RolloutPhase.Progressing, Plan.Strategy: RolloutStrategyType.BlueGreen };
        if (isSwitched && from.Weight > 100 * from.ReadyReplicas / replicas && to.Weight < most)
        {
            return $"{move} leaves {from.Weight}% to {from.ReadyReplicas} replicas although the new ones could carry {most}%";
        }

        bool isShadowed = rollout is { Plan.Strategy: RolloutStrategyType.Shadow, Step: 0, Order: null };
        return isShadowed && to.Weight > 0 ? $"{move} sends clients to a release that is to get copies only" : null;
    }

    /// <summary>Each ready replica has the same load, whichever release it is of, but for one that is about to go.</summary>
    private static string? BrokenInPlace(ModelServiceStatus status, string move)
    {
        int ready = status.Traffic!.Sum(static part => part.ReadyReplicas);
        foreach (ReleaseTraffic part in status.Traffic!)
        {
            double most = (100.0 * part.ReadyReplicas / Math.Max(1, ready - 1)) + 1;
            if (ready == 0 || part.Weight <= most) continue;
            return $"{move} gives {part.Name} {part.Weight}% for {part.ReadyReplicas} of {ready} ready";
        }

        return null;
    }

    private static ReleaseTraffic? Part(ModelServiceStatus status, ReleaseRef release) =>
        status.Traffic!.FirstOrDefault(part => part.ContentHash == release.ContentHash);
}
