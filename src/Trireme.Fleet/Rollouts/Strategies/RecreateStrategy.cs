using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;

namespace Trireme.Fleet.Rollouts.Strategies;

/// <summary>
/// The old release is stopped, then the new one starts; the two never run together, and nothing answers in between:
///
///   Preparing: the old one drains and ends, the new one starts ─ ready ─▶ Promoted
///                  └─ cannot start, too late with nothing ready ─▶ RolledBack: the old one starts again
///
/// Nothing is judged, because nothing runs beside it. A deadline that comes when some replicas are ready takes these: going back would be a
/// second outage.
/// </summary>
internal sealed class RecreateStrategy : RolloutStrategy
{
    public override ReplicaExchange Exchange => ReplicaExchange.Recreate;

    public override RolloutDecision Advance(RolloutMove move) => Swap(move, "");

    public override RolloutDecision Promote(RolloutMove move) => Swap(move, "A person asked to promote it. ");

    public override IReadOnlyList<ReleaseTarget> Targets(RolloutMove move) => [new ReleaseTarget(move.To, move.Replicas, 100)];

    public override bool IsJudged(RolloutStatus rollout) => false;

    public override string Done(RolloutSpec plan) => "The release before was stopped, then it was started. Nothing was compared.";

    public override IReadOnlyList<string> Stages(RolloutStatus rollout) =>
        [$"{rollout.From.Name} stopped, {rollout.To.Name} starts", "100%"];

    public override int Stage(RolloutStatus rollout) => rollout.Phase == RolloutPhase.Promoted ? 1 : 0;

    public override int Share(RolloutStatus rollout) => 100;

    private RolloutDecision Swap(RolloutMove move, string because)
    {
        if (move.Replicas == 0) return move.StayAtZero();
        if (move.Ready >= move.Replicas) return move.Complete(RolloutReasons.Promoted, because + Done(move.Rollout.Plan));
        if (move.IsLate)
        {
            return move.Ready > 0
                ? move.Complete(RolloutReasons.Promoted, $"{move.Ready} of {move.Replicas} replicas were ready at the deadline.")
                : move.RollBack(move.TooLate(move.Replicas));
        }

        string state = move.Ready > 0
            ? $"{move.Ready} of {move.Replicas} replicas of {move.To.Name} answer; the others start."
            : $"The service does not answer: {move.Stable.Name} is stopped, and {move.To.Name} starts once it is gone. Requests wait for "
                + "it, for as long as the gateway lets them.";
        return move.Stay(RolloutReasons.Recreating, move.WithComplaint(because + state));
    }
}
