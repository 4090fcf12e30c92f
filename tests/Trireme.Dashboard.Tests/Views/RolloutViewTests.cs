using Trireme.Contracts.Resources;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Views;

public sealed class RolloutViewTests
{
    private static readonly Dictionary<string, (RolloutPhase Phase, int Step, StageState[] Stages, string? TimeInStep)> Rollouts = new()
    {
        ["while replicas start, no stage is reached"] =
            (RolloutPhase.Preparing, 0, [StageState.Ahead, StageState.Ahead, StageState.Ahead], "10 min"),
        ["the first step is current while it is judged"] =
            (RolloutPhase.Progressing, 0, [StageState.Current, StageState.Ahead, StageState.Ahead], "90 s"),
        ["the steps before the current one are done"] =
            (RolloutPhase.Progressing, 1, [StageState.Done, StageState.Current, StageState.Ahead], "90 s"),
        ["a held rollout stays at its step"] = (RolloutPhase.Held, 1, [StageState.Done, StageState.Current, StageState.Ahead], "90 s"),
        ["a rollback failed at its step"] = (RolloutPhase.RolledBack, 1, [StageState.Done, StageState.Failed, StageState.Ahead], null),
        ["a promoted rollout has done every stage"] =
            (RolloutPhase.Promoted, 1, [StageState.Done, StageState.Done, StageState.Done], null),
        ["a superseded rollout never reached its step's end"] =
            (RolloutPhase.Superseded, 1, [StageState.Done, StageState.Ahead, StageState.Ahead], null),
    };

    public static TheoryData<string> RolloutCases => [.. Rollouts.Keys];

    [Theory]
    [MemberData(nameof(RolloutCases))]
    public void A_phase_and_a_step_decide_the_stages(string sentence)
    {
        (RolloutPhase phase, int step, StageState[] stages, string? timeInStep) = Rollouts[sentence];
        RolloutView view = RolloutView.Of(Samples.Service(status: Samples.Status(Samples.Rollout(phase, step))), Samples.Now)!;
        Assert.Equal(["10 %", "50 %", "100 %"], view.Stages.Select(stage => stage.Label));
        Assert.Equal(stages, view.Stages.Select(stage => stage.State));
        Assert.Equal(timeInStep, view.TimeInStep);
    }

    [Theory]
    [InlineData(RolloutStrategyType.Shadow, RolloutPhase.Progressing, "copies of 10 %: Current, 10 %: Ahead, 50 %: Ahead, 100 %: Ahead")]
    [InlineData(
        RolloutStrategyType.BlueGreen,
        RolloutPhase.Progressing,
        "all replicas ready: Done, 100 %, tiny-v1 kept 5m: Current, tiny-v1 gone: Ahead")]
    [InlineData(RolloutStrategyType.Recreate, RolloutPhase.Preparing, "tiny-v1 stopped, tiny-v2 starts: Current, 100 %: Ahead")]
    [InlineData(RolloutStrategyType.InPlace, RolloutPhase.Preparing, "replica by replica, 1 exchanged: Current, 100 %: Ahead")]
    public void Each_strategy_has_stages_in_its_own_words(RolloutStrategyType strategy, RolloutPhase phase, string stages)
    {
        RolloutStatus rollout = Samples.Rollout(phase) with { Plan = new RolloutSpec { Strategy = strategy }, MostReadyReplicas = 1 };
        RolloutView view = RolloutView.Of(Samples.Service(status: Samples.Status(rollout)), Samples.Now)!;
        Assert.Equal(strategy.ToString(), view.Strategy);
        Assert.Equal(stages, string.Join(", ", view.Stages.Select(stage => $"{stage.Label}: {stage.State}")));
    }

    [Fact]
    public void The_new_release_is_named_with_a_short_hash()
    {
        RolloutView view = RolloutView.Of(
            Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Progressing))), Samples.Now)!;
        Assert.Equal(("tiny-v1", "tiny-v2", "0123456789ab"), (view.From.Name, view.To.Name, Format.ShortHash(view.To.ContentHash)));
    }

    [Fact]
    public void A_move_that_was_rolled_back_stays_so_when_a_person_settles_it()
    {
        RolloutStatus settled = Samples.Rollout(RolloutPhase.Superseded, 1);
        var record = new RolloutRecord
        {
            Revision = 1, To = settled.To, Outcome = RolloutPhase.RolledBack, StartedAt = settled.StartedAt, Evidence = "",
        };
        ModelServiceStatus status = Samples.Status(settled);
        Assert.Equal("Called off", RolloutView.Of(Samples.Service(status: status), Samples.Now)!.Health.Label);
        RolloutView view = RolloutView.Of(Samples.Service(status: status with { History = [record] }), Samples.Now)!;
        Assert.Equal((HealthLevel.Idle, "Rolled back", StageState.Failed), (view.Health.Level, view.Health.Label, view.Stages[1].State));
    }

    [Fact]
    public void A_held_move_that_a_person_has_promoted_is_not_held_any_more()
    {
        RolloutStatus held = Samples.Rollout(RolloutPhase.Held, 1);
        RolloutView view = RolloutView.Of(
            Samples.Service(status: Samples.Status(held with { Order = RolloutOrder.Promote })), Samples.Now)!;
        Assert.Equal((HealthLevel.Busy, "Progressing"), (view.Health.Level, view.Health.Label));
        Assert.Equal("Held", RolloutView.Of(Samples.Service(status: Samples.Status(held)), Samples.Now)!.Health.Label);
        ModelService promoted = Samples.Service(status: Samples.Status(held with { Order = RolloutOrder.Promote }));
        Assert.Equal("Rolling out", ServiceRow.HealthOf(promoted, []).Label);
    }

    [Fact]
    public void Each_reason_is_shown_once()
    {
        var slow = new SignalVerdict { Signal = "ttft", Judgement = Judgement.Fail, Reason = "ttft is 4 times as long" };
        var errors = new SignalVerdict { Signal = "errorRate", Judgement = Judgement.Pass, Reason = "0 of 80 failed" };
        var verdict = new RolloutVerdict { Judgement = Judgement.Fail, Reason = "ttft is 4 times as long.", Signals = [slow, errors] };
        ModelServiceStatus status = Samples.Status(Samples.Rollout(RolloutPhase.RolledBack, 1, verdict));
        RolloutView apart = RolloutView.Of(Samples.Service(status: status), Samples.Now)!;
        Assert.Equal("ttft is 4 times as long.", apart.VerdictReason);
        Assert.Equal((null, "0 of 80 failed"), (apart.ReasonOf(slow), apart.ReasonOf(errors)));

        ModelServiceStatus told = status with
        {
            Conditions = [.. status.Conditions!.Select(condition => condition with { Message = "Back. ttft is 4 times as long." })],
        };
        Assert.Null(RolloutView.Of(Samples.Service(status: told), Samples.Now)!.VerdictReason);
        Assert.Equal(
            [null, null, null],
            ConditionRow.From(told.Conditions!, "Back. ttft is 4 times as long.").Select(row => row.Message));
        Assert.Equal(
            ["Back. ttft is 4 times as long.", null, null], ConditionRow.From(told.Conditions!, null, "").Select(row => row.Message));
    }

    [Fact]
    public void A_service_that_never_moved_has_no_rollout() =>
        Assert.Null(RolloutView.Of(Samples.Service(status: Samples.Status()), Samples.Now));
}
