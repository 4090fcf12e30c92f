using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Replicas;

namespace Trireme.Fleet.Rollouts.Strategies;

/// <summary>
/// Replicas are exchanged one by one in their places: one of the old release drains and ends, one of the new one starts where it was, and
/// after a while the next follows.
///
///   Preparing one ─ ready ─▶ Progressing: judged ─ long enough ─▶ Preparing the next … ─▶ Promoted
///        └─ cannot start, too late ─┴─ a gate fails ─▶ RolledBack, replica by replica
///
/// What lies inconclusive does not hold the exchange. With one replica there is a time in which none answers, as with Recreate.
/// </summary>
internal sealed class InPlaceStrategy : RolloutStrategy
{
    private static readonly InPlaceSpec Default = new();

    public override ReplicaExchange Exchange => ReplicaExchange.InPlace;

    public override RolloutDecision Advance(RolloutMove move)
    {
        if (move.Replicas == 0) return move.Preparing(0).StayAtZero();

        // What answers already has been exchanged, whatever was recorded.
        int exchanged = Math.Min(move.Ready, move.Replicas);
        RolloutMove present = move.Rollout.Step < exchanged - 1 ? move with { Rollout = move.Rollout with { Step = exchanged - 1 } } : move;
        if (exchanged >= move.Replicas) return move.Complete(RolloutReasons.Promoted, Done(move.Rollout.Plan));
        int needed = Math.Min(present.Rollout.Step + 1, move.Replicas);
        if (exchanged < needed) return Exchanging(present, needed);

        bool isFirst = !IsJudged(present.Rollout);
        if (isFirst) present = present.Started(present.Rollout.Step);
        else present = present with { Rollout = present.Rollout with { Phase = RolloutPhase.Progressing } };
        Duration pause = Plan(move.Rollout.Plan).MinDuration;
        TimeSpan since = move.Snapshot.Elapsed - (present.Rollout.ProgressAfter ?? Duration.Zero);
        if (since >= pause.Value + move.UnreadGrace || move.IsForced) return Exchanging(present.Preparing(needed), needed + 1);
        string message = $"{exchanged} of {move.Replicas} replicas are of {move.To.Name}; the next one is exchanged {pause} after the last "
            + $"was ready. {present.Rollout.Verdict?.Reason}";
        return present.Stay(RolloutReasons.Progressing, message.TrimEnd());
    }

    public override RolloutDecision Promote(RolloutMove move) => Advance(move);

    public override IReadOnlyList<ReleaseTarget> Targets(RolloutMove move)
    {
        int to = move.IsUndo ? move.Replicas : Math.Min(Math.Max(move.Rollout.Step + 1, move.Ready), move.Replicas);
        (int ready, int others) = (move.Ready, move.Snapshot.StableReady);
        int weight = ready + others == 0 ? 0 : 100 * ready / (ready + others);
        return [new ReleaseTarget(move.Stable, move.Replicas - to, 100 - weight), new ReleaseTarget(move.To, to, weight)];
    }

    public override bool IsJudged(RolloutStatus rollout) =>
        rollout.Order != RolloutOrder.Undo && (rollout.Phase == RolloutPhase.Progressing || rollout.Step > 0);

    public override string Done(RolloutSpec plan) => "Every replica was exchanged in its place.";

    public override IReadOnlyList<string> Stages(RolloutStatus rollout) =>
        [$"replica by replica, {rollout.MostReadyReplicas} exchanged", "100%"];

    public override int Stage(RolloutStatus rollout) => rollout.Phase == RolloutPhase.Promoted ? 1 : 0;

    /// <summary>Traffic follows the replicas that are ready; how many that will be is not for the plan to say.</summary>
    public override int Share(RolloutStatus rollout) => 0;

    /// <summary>One replica of the new release is on its way.</summary>
    private static RolloutDecision Exchanging(RolloutMove move, int needed)
    {
        RolloutMove preparing = move.Rollout.Phase == RolloutPhase.Preparing ? move : move.Preparing(move.Rollout.Step);
        if (preparing.IsLate) return preparing.RollBack(preparing.TooLate(needed));
        string alone = move is { Replicas: 1, Snapshot.StableReady: 0 }
            ? "With one replica nothing answers until it does; requests wait for it, for as long as the gateway lets them. "
            : move.Replicas == 1 ? "With one replica the service does not answer while it is exchanged. " : "";
        string message = $"{alone}Replica {needed} of {move.Replicas} gives its place to one of {move.To.Name}; the others answer.";
        if (move.Replicas == 1) message = $"{alone}It gives its place to one of {move.To.Name}.";
        return preparing.Stay(RolloutReasons.Preparing, move.WithComplaint(message));
    }

    private static InPlaceSpec Plan(RolloutSpec plan) => plan.InPlace ?? Default;
}
