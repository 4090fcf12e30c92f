using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts.Strategies;

public sealed class BlueGreenTests
{
    private static readonly RolloutSpec Plan = new()
    {
        Strategy = RolloutStrategyType.BlueGreen,
        BlueGreen = new BlueGreenSpec { KeepOld = Duration.FromSeconds(60) },
    };

    [Fact]
    public void No_client_is_sent_to_the_new_release_before_all_its_replicas_are_ready_and_then_all_are()
    {
        SimulatedService service = Begun();
        for (int ready = 0; ready < 4; ready++)
        {
            service.WantedReady = ready;
            service.Advance(5);
            Assert.Equal([new ReleaseTarget(V1, 4, 100), new ReleaseTarget(V2, 4, 0)], service.Targets);
            Assert.Equal(RolloutReasons.Preparing, service.Last!.Reason);
        }

        service.WantedReady = 4;
        service.Advance(5);
        Assert.Equal([new ReleaseTarget(V1, 4, 0), new ReleaseTarget(V2, 4, 100)], service.Targets);
        Assert.Equal((RolloutReasons.Switched, V1), (service.Last!.Reason, service.Stable));
        Assert.Contains("v1 is kept for 1m", service.Last.Message);
    }

    [Fact]
    public void The_old_release_goes_after_its_time_when_nothing_speaks_against_the_new_one()
    {
        SimulatedService service = Switched();
        service.Samples = Good;
        service.Advance(59);
        Assert.Equal(V1, service.Stable);
        Assert.Contains("Compared with v1 in the time before the switch", service.Last!.Message);
        service.Advance(1);
        Assert.Equal((RolloutPhase.Promoted, V2), (service.Rollout!.Phase, service.Stable));
        Assert.Equal([new ReleaseTarget(V2, 4, 100)], service.Targets);
        Assert.Contains("v1 was kept for 1m", service.Last!.Message);
        Assert.Contains("It had all traffic for 1m", service.History[^1].Evidence);
    }

    [Fact]
    public void What_is_inconclusive_neither_fails_nor_hangs()
    {
        SimulatedService service = Switched();
        service.Advance(60);
        Assert.Equal((RolloutPhase.Promoted, V2), (service.Rollout!.Phase, service.Stable));
    }

    [Fact]
    public void Samples_that_nobody_has_read_yet_are_waited_for_a_minute_more()
    {
        SimulatedService service = Switched();
        service.SamplesWereRead = false;
        service.Advance(100);
        Assert.Equal(RolloutPhase.Progressing, service.Rollout!.Phase);
        service.Advance(20);
        Assert.Equal(RolloutPhase.Promoted, service.Rollout!.Phase);
    }

    [Fact]
    public void A_gate_that_fails_switches_back_at_once()
    {
        SimulatedService service = Switched();
        service.Samples = Bad;
        service.Advance(2);
        Assert.Equal((RolloutPhase.RolledBack, V1), (service.Rollout!.Phase, service.Stable));
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
    }

    [Fact]
    public void An_undo_switches_back_at_once()
    {
        SimulatedService service = Switched();
        service.Wanted = V1;
        service.WantedReady = 4;
        service.Advance(2);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
        Assert.Equal((RolloutReasons.Superseded, ConditionStatus.True), (service.Last!.Reason, service.Last.RolledOut));
    }

    [Theory]
    [InlineData(4, 4, 100)]
    [InlineData(4, 2, 50)]
    [InlineData(2, 2, 50)]
    [InlineData(1, 2, 66)]
    [InlineData(0, 2, 100)]
    [InlineData(4, 0, 0)]
    public void Whichever_side_is_ill_no_side_gets_more_than_its_ready_replicas_carry_while_the_other_has_room(int old, int @new, int share)
    {
        SimulatedService service = Switched();
        (service.StableReady, service.WantedReady) = (old, @new);
        service.Advance(2);
        Assert.Equal([100 - share, share], service.Targets.Select(target => target.Weight));
    }

    [Fact]
    public void The_old_release_stays_until_the_new_one_has_all_its_replicas_again_or_the_deadline_takes_it_back()
    {
        SimulatedService service = Switched();
        service.WantedReady = 3;
        service.Advance(60);
        Assert.Equal((RolloutPhase.Progressing, RolloutReasons.Finishing), (service.Rollout!.Phase, service.Last!.Reason));
        Assert.Equal([25, 75], service.Targets.Select(target => target.Weight));
        service.Advance(600);
        Assert.Equal((RolloutPhase.RolledBack, V1), (service.Rollout!.Phase, service.Stable));
    }

    [Fact]
    public void A_release_that_cannot_start_and_one_that_is_late_never_get_a_request()
    {
        SimulatedService broken = Begun();
        broken.WantedFailure = "replica a ended 3 times in a row";
        broken.Advance(1);
        Assert.Equal((RolloutPhase.RolledBack, V1), (broken.Rollout!.Phase, broken.Stable));

        SimulatedService late = Begun();
        late.WantedReady = 3;
        late.Advance(1);
        late.Advance(600);
        Assert.Equal((RolloutPhase.RolledBack, V1), (late.Rollout!.Phase, late.Stable));
        Assert.Contains("3 of 4 replicas of v2 were ready", late.Last!.Message);
    }

    [Fact]
    public void A_person_who_promotes_ends_the_time_that_the_old_release_is_kept()
    {
        SimulatedService service = Switched();
        service.SayPromote();
        service.Advance(1);
        Assert.Equal((RolloutPhase.Promoted, V2), (service.Rollout!.Phase, service.Stable));
    }

    [Fact]
    public void A_status_that_is_lost_in_the_time_that_the_old_release_is_kept_is_not_read_as_done()
    {
        SimulatedService service = Switched();
        service.RunningIsKnown = true;
        service.Edit(null, null, null, keepChecksum: false);
        service.Advance(1);
        Assert.Equal((RolloutPhase.Progressing, V1), (service.Rollout!.Phase, service.Stable));
        Assert.Equal([new ReleaseTarget(V1, 4, 0), new ReleaseTarget(V2, 4, 100)], service.Targets);
    }

    [Fact]
    public void An_edit_of_the_strategy_counts_for_the_next_rollout()
    {
        SimulatedService service = Switched();
        service.Plan = new RolloutSpec { Strategy = RolloutStrategyType.InPlace };
        service.Advance(1);
        Assert.Equal((RolloutReasons.Switched, ReplicaExchange.Surge), (service.Last!.Reason, service.Last.Exchange));
        Assert.Contains("keeps the plan it began with", service.Last.Message);
    }

    private static SimulatedService Begun()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V2, Plan = Plan };
        service.Decide();
        return service;
    }

    private static SimulatedService Switched()
    {
        SimulatedService service = Begun();
        service.WantedReady = 4;
        service.Advance(1);
        Assert.Equal(RolloutPhase.Progressing, service.Rollout!.Phase);
        return service;
    }
}
