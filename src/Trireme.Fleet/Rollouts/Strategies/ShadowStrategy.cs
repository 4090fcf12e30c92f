using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts.Strategies;

/// <summary>
/// Copies of requests before any client is sent to the new release, judged as a step is:
///
///   Preparing ─ replicas ready ─▶ copies ─ pass ─▶ the steps of a canary, a person's word, or all traffic
///                                    └─ fail ─▶ RolledBack; no client has noticed
/// </summary>
internal sealed class ShadowStrategy : CanaryStrategy
{
    private static readonly ShadowSpec Default = new();

    public override RolloutComparison Comparison(RolloutStatus rollout) =>
        Present(rollout) is { Copies: > 0 } ? RolloutComparison.Copies : RolloutComparison.SameTime;

    public override string Done(RolloutSpec plan) => Plan(plan).Then == ShadowNext.Canary
        ? "It answered copies of requests within every limit, and every step of the plan is done."
        : "It answered copies of requests within every limit.";

    protected override IReadOnlyList<CanaryStage> StagesOf(RolloutSpec plan)
    {
        ShadowSpec shadow = Plan(plan);
        var copies = new CanaryStage(Weight: 0, shadow.Percent, shadow.MinDuration, shadow.MaxDuration);
        return shadow.Then == ShadowNext.Canary ? [copies, .. base.StagesOf(plan)] : [copies];
    }

    protected override RolloutDecision Passed(RolloutMove move) =>
        Plan(move.Rollout.Plan).Then == ShadowNext.Hold ? Hold(move) : base.Passed(move);

    protected override RolloutDecision Hold(RolloutMove move) =>
        Plan(move.Rollout.Plan).Then == ShadowNext.Hold && move.Rollout.Verdict?.Judgement == Judgement.Pass
            ? Held(move, "until a person decides, as spec.rollout.shadow.then says")
            : base.Hold(move);

    private static ShadowSpec Plan(RolloutSpec plan) => plan.Shadow ?? Default;
}
