using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Rollouts.Strategies;

/// <summary>
/// All traffic at once, with the old release kept for a while:
///
///   Preparing ─ all replicas ready ─▶ Progressing: all traffic, the old side stays ─ kept for its time ─▶ Promoted
///                                         └─ a gate fails, a person undoes ─▶ all traffic back at once
///
/// After the switch the old release answers nothing that the new one could be compared with, so it is held against what the old one did
/// just before. What that cannot settle is no reason to go back: the new release serves already.
/// </summary>
internal sealed class BlueGreenStrategy : RolloutStrategy
{
    private static readonly BlueGreenSpec Default = new();

    public override RolloutDecision Advance(RolloutMove move)
    {
        if (move.Replicas == 0) return move.Preparing(0).StayAtZero();
        if (move.Rollout.Phase == RolloutPhase.Progressing) return Watch(move);
        RolloutMove warming = move.Preparing(0);
        if (move.Ready >= move.Replicas)
        {
            RolloutMove switched = move.Started(0);
            return switched.Stay(
                RolloutReasons.Switched, $"All traffic goes to {move.To.Name}. {Keeps(switched, KeepOld(move))}");
        }

        if (warming.IsLate) return warming.RollBack(warming.TooLate(move.Replicas));
        string message = $"{move.Ready} of {move.Replicas} replicas of {move.To.Name} are ready; then it gets all traffic at once.";
        return warming.Stay(RolloutReasons.Preparing, move.WithComplaint(message));
    }

    public override IReadOnlyList<ReleaseTarget> Targets(RolloutMove move)
    {
        // The old side is known to be good: it takes what the new one's replicas do not carry.
        int weight = move.Carried(Share(move.Rollout), isTrusted: true);
        return [new ReleaseTarget(move.Stable, move.Replicas, 100 - weight), new ReleaseTarget(move.To, move.Replicas, weight)];
    }

    public override bool IsJudged(RolloutStatus rollout) =>
        rollout.Order != RolloutOrder.Undo && rollout.Phase == RolloutPhase.Progressing;

    public override RolloutComparison Comparison(RolloutStatus rollout) => RolloutComparison.BeforeSwitch;

    public override string Done(RolloutSpec plan) =>
        $"It had all traffic for {KeepOld(plan)} with the release before kept beside it, and no gate failed.";

    public override IReadOnlyList<string> Stages(RolloutStatus rollout) =>
        ["all replicas ready", $"100%, {rollout.From.Name} kept {KeepOld(rollout.Plan)}", $"{rollout.From.Name} gone"];

    public override int Stage(RolloutStatus rollout) => rollout.Phase switch
    {
        RolloutPhase.Preparing => 0,
        RolloutPhase.Promoted => 2,
        RolloutPhase.Progressing => 1,
        _ => rollout.StepStartedAfter > Duration.Zero ? 1 : 0,
    };

    public override int Share(RolloutStatus rollout) =>
        rollout.Order == RolloutOrder.Undo || rollout.Phase == RolloutPhase.Progressing ? 100 : 0;

    private static RolloutDecision Watch(RolloutMove move)
    {
        Duration kept = KeepOld(move);
        TimeSpan elapsed = move.StageElapsed;
        if (move.Rollout.Step > 0 || elapsed >= kept.Value + move.UnreadGrace)
        {
            // Only a side that carries all traffic lets the other one go.
            RolloutMove closing = move.Rollout.Step > 0
                ? move
                : (move with { Rollout = move.Rollout with { Step = 1 } }).Waiting();
            return closing.Finish($"{move.Stable.Name} was kept for {kept}.");
        }

        int weight = move.Carried(100, isTrusted: true);
        string share = weight == 100 ? "all traffic" : $"{weight}% of traffic (as far as its replicas are ready)";
        var left = new Duration(kept.Value + move.UnreadGrace - elapsed);
        string message = $"{move.To.Name} gets {share} since {RolloutMove.Whole(elapsed)}. {Keeps(move, left)} "
            + $"Compared with {move.Stable.Name} in the time before the switch: {move.Rollout.Verdict?.Reason}";
        return move.Stay(RolloutReasons.Switched, message);
    }

    private static string Keeps(RolloutMove move, Duration left) =>
        $"{move.Stable.Name} is kept for {RolloutMove.Whole(left.Value)}; until then {RolloutHint.Command("undo", move.Snapshot.Service)} "
        + "switches back at once.";

    private static Duration KeepOld(RolloutMove move) => KeepOld(move.Rollout.Plan);

    private static Duration KeepOld(RolloutSpec plan) => (plan.BlueGreen ?? Default).KeepOld;
}
