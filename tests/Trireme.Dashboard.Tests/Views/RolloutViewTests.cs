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

    [Fact]
    public void The_new_release_is_named_with_a_short_hash()
    {
        RolloutView view = RolloutView.Of(
            Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Progressing))), Samples.Now)!;
        Assert.Equal(("tiny-v1", "tiny-v2", "0123456789ab"), (view.From.Name, view.To.Name, Format.ShortHash(view.To.ContentHash)));
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
