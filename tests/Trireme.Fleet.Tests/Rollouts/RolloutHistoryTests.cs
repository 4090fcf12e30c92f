using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts;

public sealed class RolloutHistoryTests
{
    [Fact]
    public void Each_move_is_recorded_once_when_it_ends_with_what_it_rests_on()
    {
        var service = new SimulatedService(null, Now) { Wanted = V1, WantedReady = 4 };
        service.Decide();
        service.Advance(1);
        service.Wanted = V2;
        service.Samples = Bad;
        service.WantedReady = 1;
        service.Advance(1);
        service.Advance(2);
        service.Advance(100);
        service.SayPromote();
        service.WantedReady = 4;
        service.Advance(1);
        service.SayUndo(V1);
        service.Advance(1);
        service.Wanted = V3;
        service.Advance(1);
        service.Wanted = V1;
        service.Advance(1);
        service.Advance(1);

        Assert.Equal(
            [
                (1, "v1", RolloutPhase.Promoted, null),
                (2, "v2", RolloutPhase.RolledBack, null),
                (3, "v2", RolloutPhase.Promoted, RolloutOrder.Promote),
                (4, "v1", RolloutPhase.Promoted, RolloutOrder.Undo),
                (5, "v3", RolloutPhase.Superseded, (RolloutOrder?)null),
            ],
            service.History.Select(record => (record.Revision, record.To.Name, record.Outcome, record.Order)));
        Assert.Contains("inter-token latency 3x the serving release's", service.History[1].Evidence);
        Assert.Equal("A person went back to it.", service.History[3].Evidence);
        Assert.StartsWith("Called off for v1.", service.History[4].Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_oldest_records_go_and_the_numbers_go_on()
    {
        SimulatedService service = Promoted();
        service.WantedReady = 4;
        for (int i = 0; i < 30; i++)
        {
            service.SayUndo(i % 2 == 0 ? V1 : V2);
            service.Advance(1);
        }

        Assert.Equal(RolloutRecord.CountMax, service.History.Count);
        Assert.Equal(31, service.History[^1].Revision);
        Assert.Equal(22, service.History[0].Revision);
    }

    [Fact]
    public void An_edit_of_the_plan_under_way_says_that_the_move_keeps_its_own()
    {
        SimulatedService service = AtFirstStep();
        service.Advance(1);
        Assert.DoesNotContain("spec.rollout was edited", service.Last!.Message, StringComparison.Ordinal);
        service.Plan = service.Plan with { Steps = [new RolloutStep { Weight = 77 }] };
        service.Advance(1);
        Assert.Contains("spec.rollout was edited since this rollout began: it keeps the plan it began with", service.Last.Message);
    }

    [Fact]
    public void Values_and_ratio_of_a_signal_agree()
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            var windows = Enumerable.Range(0, random.Next(1, 12)).Select(i => new WindowPair(Now.AddSeconds(i), Arm(random), Arm(random)));
            RolloutVerdict verdict = RolloutJudge.Look(null, new RolloutSamples { Windows = [.. windows] }, new RolloutGates()).Verdict;
            foreach (SignalVerdict signal in verdict.Signals.Where(signal => signal.Ratio is not null))
            {
                Assert.Equal(signal.Ratio!.Value, signal.Candidate!.Value / signal.Baseline!.Value, 9);
                Assert.True(signal is { BaselineSamples: > 0, CandidateSamples: > 0 });
                if (signal.Judgement == Judgement.Pass) Assert.True(signal.Ratio <= 1.5 || signal.Candidate - signal.Baseline <= 0.005);
                if (signal.Judgement == Judgement.Fail) Assert.True(signal.Ratio > 1.5);
            }
        }
    }

    private static ArmWindow Arm(Random random) => new()
    {
        Requests = 10,
        Ttft = LogSum.Of(random.NextDouble(), 10),
        Itl = LogSum.Of(random.NextDouble() / 100, 10),
    };
}
