using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>Every wait ends, and says what was waited for.</summary>
public sealed class DeadlineTests
{
    private static readonly RolloutSpec Plan = new() { ProgressDeadline = Duration.FromSeconds(60) };

    [Fact]
    public void A_release_whose_start_hangs_is_taken_back_at_the_deadline()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V2, Plan = Plan, WantedComplaint = "v2-a: The engine loads the model." };
        service.Decide();
        service.Advance(59);
        Assert.Equal(RolloutReasons.Preparing, service.Last!.Reason);
        Assert.Contains("v2-a: The engine loads the model.", service.Last.Message);
        service.Advance(1);
        Assert.Equal((RolloutPhase.RolledBack, Judgement.Inconclusive), (service.Rollout!.Phase, service.Rollout.Verdict!.Judgement));
        Assert.Contains("0 of 1 replicas of v2 were ready, and none more within 1m. v2-a: The engine loads", service.Last.Message);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
    }

    [Fact]
    public void Each_replica_that_becomes_ready_gives_the_next_one_its_time()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V2, Plan = Plan with { Steps = [] } };
        service.Decide();
        for (int ready = 1; ready < 4; ready++)
        {
            service.Advance(50);
            service.WantedReady = ready;
            service.Advance(0);
            Assert.Equal(RolloutReasons.Finishing, service.Last!.Reason);
        }

        // One that goes and comes back is none more.
        service.Advance(30);
        service.WantedReady = 2;
        service.Advance(20);
        service.WantedReady = 3;
        service.Advance(9);
        Assert.Equal(RolloutReasons.Finishing, service.Last!.Reason);
        service.Advance(1);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout!.Phase);
    }

    [Fact]
    public void The_wait_for_a_later_step_has_its_own_deadline()
    {
        SimulatedService service = AtFirstStep();
        service.Samples = Good;
        service.Advance(500);
        Assert.Equal((RolloutPhase.Preparing, 1), (service.Rollout!.Phase, service.Rollout.Step));
        service.Advance(599);
        Assert.Equal(RolloutPhase.Preparing, service.Rollout.Phase);
        service.Advance(1);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout.Phase);
        Assert.Contains("1 of 2 replicas of v2 were ready, and none more within 10m.", service.Last!.Message);
    }

    [Fact]
    public void Nothing_is_waited_for_while_the_service_is_scaled_to_zero()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V2, Plan = Plan };
        service.Decide();
        service.Advance(50);
        (service.Replicas, service.StableReady) = (0, 0);
        service.Advance(1000);
        Assert.Equal(RolloutReasons.ScaledToZero, service.Last!.Reason);
        service.Replicas = 4;
        service.Advance(1);
        service.Advance(59);
        Assert.Equal(RolloutPhase.Preparing, service.Rollout!.Phase);
        service.Advance(1);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout.Phase);
    }

    [Fact]
    public void A_release_whose_files_changed_ends_the_move_at_the_deadline_with_what_is_wrong()
    {
        SimulatedService service = AtFirstStep();
        (service.Wanted, service.Named) = (null, "v2");
        service.WantedProblem = "Release v2 is not usable: model.safetensors has another digest. Restore it.";
        service.Advance(599);
        service.Advance(599);
        Assert.Equal(RolloutReasons.ReleaseNotReady, service.Last!.Reason);
        Assert.Contains("model.safetensors has another digest", service.Last.Message);
        service.Advance(1);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout!.Phase);
        Assert.Contains("It was not usable for 10m. Release v2 is not usable: model.safetensors has another", service.Last.Message);
    }

    [Fact]
    public void A_move_is_called_off_when_the_spec_names_what_never_comes()
    {
        SimulatedService service = AtFirstStep();
        service.Wanted = null;
        service.WantedProblem = "Release missing does not exist.";
        service.Advance(1);
        service.Advance(600);
        Assert.Equal((RolloutPhase.Superseded, RolloutReasons.Superseded), (service.Rollout!.Phase, service.Last!.Reason));
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
        service.Advance(1);
        Assert.Equal(RolloutReasons.ReleaseNotReady, service.Last.Reason);
    }

    [Fact]
    public void A_release_that_comes_back_in_time_goes_on_and_has_all_of_its_time_again()
    {
        SimulatedService service = AtFirstStep();
        (service.Wanted, service.Named) = (null, "v2");
        service.Advance(1);
        service.Advance(500);
        service.Wanted = V2;
        service.Advance(1);
        Assert.Null(service.Rollout!.UnusableAfter);
        service.Wanted = null;
        service.Advance(1);
        service.Advance(599);
        Assert.Equal(RolloutPhase.Progressing, service.Rollout.Phase);
    }

    [Fact]
    public void The_first_release_says_when_its_time_is_over_and_is_tried_on()
    {
        var service = new SimulatedService(null, Now) { Wanted = V1, Plan = Plan, WantedComplaint = "v1-a: The engine loads the model." };
        service.Decide();
        Assert.Equal(TimeSpan.FromSeconds(60), service.Last!.RequeueAfter);
        service.Advance(60);
        Assert.Equal(RolloutReasons.ProgressDeadlineExceeded, service.Last.Reason);
        Assert.Contains("within 1m. v1-a: The engine loads the model. It is tried on; correct", service.Last.Message);
        Assert.Equal([new ReleaseTarget(V1, 4, 0)], service.Targets);
        service.WantedReady = 1;
        service.Advance(1);
        Assert.Equal(V1, service.Stable);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(600)]
    public void A_clock_that_is_set_ends_no_step_and_stops_none(int seconds)
    {
        SimulatedService service = AtFirstStep();
        service.Samples = Good;
        service.WallOffset = TimeSpan.FromSeconds(seconds);
        service.WantedReady = 2;
        service.Advance(19);
        Assert.Equal((RolloutPhase.Progressing, 0), (service.Rollout!.Phase, service.Rollout.Step));
        service.Advance(1);
        Assert.Equal((RolloutPhase.Progressing, 1), (service.Rollout.Phase, service.Rollout.Step));
    }

    [Theory]
    [InlineData(RolloutPhase.Promoted)]
    [InlineData(RolloutPhase.RolledBack)]
    [InlineData(RolloutPhase.Superseded)]
    public void A_move_that_has_ended_says_how_long_it_took(RolloutPhase end)
    {
        SimulatedService service = AtFirstStep();
        DateTimeOffset began = service.Rollout!.StartedAt;
        service.Advance(7.25);
        if (end == RolloutPhase.Superseded) service.Wanted = V3;
        if (end == RolloutPhase.RolledBack) service.WantedFailure = "it ended with exit code 1";
        if (end == RolloutPhase.Promoted)
        {
            service.WantedReady = 4;
            service.SayPromote();
        }

        service.Advance(1);
        Assert.Equal((end, began), (service.Rollout!.Phase, service.Rollout.StartedAt));
        Assert.Equal(service.Now - began, service.Rollout.Elapsed.Value);
    }

    [Fact]
    public void A_restart_of_the_platform_costs_a_step_a_few_seconds_and_no_more()
    {
        SimulatedService service = AtFirstStep();
        for (int second = 0; second < 300; second += 3)
        {
            service.Advance(3);
            if (second % 60 == 0) service.Restart();
        }

        Assert.Equal(RolloutPhase.Progressing, service.Rollout!.Phase);
        Assert.InRange(service.Rollout.Elapsed.TotalSeconds, 270, 300);
    }
}
