using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Rollouts.Strategies;

/// <summary>
/// Growing shares of traffic, each judged:
///
///   Preparing ─ replicas ready ─▶ Progressing ─ pass ─▶ Preparing the next share … ─▶ Promoted
///                                     └─ out of time ─▶ Held, RolledBack or the next share
///
/// The serving release keeps its full number of replicas until the new one has as many, so going back is a change of weights.
/// </summary>
internal class CanaryStrategy : RolloutStrategy
{
    public override RolloutDecision Advance(RolloutMove move) => move.Rollout.Phase switch
    {
        RolloutPhase.Progressing => Progress(move),
        RolloutPhase.Held => Hold(move),
        _ => Enter(move, move.Rollout.Step),
    };

    public override IReadOnlyList<ReleaseTarget> Targets(RolloutMove move)
    {
        CanaryStage? present = Present(move.Rollout);
        bool isUndo = move.IsUndo;
        int weight = move.Carried(isUndo ? 100 : present?.Weight ?? 0, isTrusted: isUndo);
        int replicas = move.Rollout.Order is null ? ReplicasFor(move, move.Rollout.Step) : move.Replicas;
        int copies = isUndo ? 0 : present?.Copies ?? 0;
        return
        [
            new ReleaseTarget(move.Stable, move.Replicas, 100 - weight),
            new ReleaseTarget(move.To, replicas, weight) { Copies = copies },
        ];
    }

    public override bool IsJudged(RolloutStatus rollout) =>
        rollout.Order != RolloutOrder.Undo && Present(rollout) is { Weight: > 0 } or { Copies: > 0 };

    public override int Share(RolloutStatus rollout) => Present(rollout)?.Weight ?? 0;

    public override string Done(RolloutSpec plan) => "Every step of the plan is done.";

    public override IReadOnlyList<string> Stages(RolloutStatus rollout) =>
        [.. StagesOf(rollout.Plan).Select(static stage => stage.Label), "100%"];

    /// <summary>What the plan goes through. A share of 100 leaves nothing to compare with, so the plan ends there.</summary>
    protected virtual IReadOnlyList<CanaryStage> StagesOf(RolloutSpec plan) =>
    [
        .. plan.Steps.TakeWhile(static step => step.Weight < 100)
            .Select(static step => new CanaryStage(step.Weight, Copies: 0, step.MinDuration, step.MaxDuration)),
    ];

    /// <summary>What follows a stage that passed.</summary>
    protected virtual RolloutDecision Passed(RolloutMove move) => Enter(move, move.Rollout.Step + 1);

    protected virtual RolloutDecision Hold(RolloutMove move) => Held(move, "because the step ended inconclusive");

    protected RolloutDecision Held(RolloutMove move, string because)
    {
        RolloutMove held = move with { Rollout = move.Rollout with { Phase = RolloutPhase.Held } };
        string message = $"{move.To.Name} keeps {Part(held)} {because}. {move.Rollout.Verdict?.Reason} "
            + $"{RolloutHint.Command("promote", move.Snapshot.Service)} takes it, "
            + $"{RolloutHint.Command("undo", move.Snapshot.Service)} goes back to {move.Stable.Name}.";
        return held.Stay(RolloutReasons.Held, message);
    }

    /// <summary>The stage that traffic is in; while replicas for one start, it is still the one before. Null before the first.</summary>
    protected CanaryStage? Present(RolloutStatus rollout)
    {
        IReadOnlyList<CanaryStage> stages = StagesOf(rollout.Plan);
        int stage = Math.Min(rollout.Phase == RolloutPhase.Preparing ? rollout.Step - 1 : rollout.Step, stages.Count - 1);
        return stage < 0 ? null : stages[stage];
    }

    /// <summary>
    /// Starts a stage, or prepares for it while replicas are missing: a share that too few replicas carry looks like a slow release.
    /// </summary>
    private RolloutDecision Enter(RolloutMove move, int step)
    {
        IReadOnlyList<CanaryStage> stages = StagesOf(move.Rollout.Plan);
        int index = Math.Min(step, stages.Count);
        RolloutMove preparing = move.Preparing(index);
        if (step >= stages.Count) return preparing.Finish(Done(move.Rollout.Plan));
        if (move.Replicas == 0) return preparing.StayAtZero();

        int needed = ReplicasFor(move, step);
        if (move.Snapshot.WantedReady < needed)
        {
            if (preparing.IsLate) return preparing.RollBack(preparing.TooLate(needed));
            string message = $"{move.Snapshot.WantedReady} of the {needed} replicas of {move.To.Name} for {stages[step]} are ready.";
            return preparing.Stay(RolloutReasons.Preparing, move.WithComplaint(message));
        }

        return move.Started(step).Stay(RolloutReasons.Progressing, $"{move.To.Name} gets {stages[step]}.");
    }

    private RolloutDecision Progress(RolloutMove move)
    {
        RolloutStatus rollout = move.Rollout;
        IReadOnlyList<CanaryStage> stages = StagesOf(rollout.Plan);
        if (move.Replicas == 0 || rollout.Step >= stages.Count) return Enter(move, rollout.Step);

        CanaryStage stage = stages[rollout.Step];
        TimeSpan elapsed = move.StageElapsed;
        bool longEnough = elapsed >= stage.Min;
        if (longEnough && rollout.Verdict!.Judgement == Judgement.Pass) return Passed(move);
        if (longEnough && elapsed >= stage.Max.Value + move.UnreadGrace)
        {
            return rollout.Plan.OnInconclusive switch
            {
                InconclusiveAction.Promote => Passed(move),
                InconclusiveAction.Rollback => move.RollBack(rollout.Verdict! with
                {
                    Reason = $"Still inconclusive after {stage.Max}. {rollout.Verdict.Reason}",
                }),
                _ => Held(move, "because the step ended inconclusive"),
            };
        }

        string message = $"{move.To.Name} gets {Part(move)} since {RolloutMove.Whole(elapsed)}. {rollout.Verdict!.Reason}";
        return move.Stay(RolloutReasons.Progressing, message);
    }

    /// <summary>What the new release gets, for people; what it falls short of is named with it.</summary>
    private string Part(RolloutMove move)
    {
        if (Present(move.Rollout) is not { } stage) return "no traffic";
        int carried = move.Carried(stage.Weight, isTrusted: false);
        return carried == stage.Weight
            ? stage.ToString()
            : $"{carried}% (of {stage.Weight}%, as far as its replicas are ready) of traffic";
    }

    /// <summary>Replicas that carry a stage as loaded as the serving release's, at least one; all of them after the last.</summary>
    private int ReplicasFor(RolloutMove move, int step)
    {
        IReadOnlyList<CanaryStage> stages = StagesOf(move.Rollout.Plan);
        if (step >= stages.Count) return move.Replicas;
        int percent = Math.Max(stages[step].Weight, stages[step].Copies);
        return move.Replicas == 0 ? 0 : Math.Max(1, (int)Math.Ceiling(move.Replicas * percent / 100.0));
    }
}

/// <summary>One part of the way: a share of traffic, or copies of one.</summary>
/// <param name="Weight">Percent of requests.</param>
/// <param name="Copies">Percent of requests that are copied.</param>
/// <param name="Min">Shortest time.</param>
/// <param name="Max">Time after which it is inconclusive.</param>
internal sealed record CanaryStage(int Weight, int Copies, TimeSpan Min, Duration Max)
{
    public string Label => Copies > 0 ? $"copies of {Copies}%" : $"{Weight}%";

    public override string ToString() => Copies > 0 ? $"copies of {Copies}% of requests" : $"{Weight}% of traffic";
}
