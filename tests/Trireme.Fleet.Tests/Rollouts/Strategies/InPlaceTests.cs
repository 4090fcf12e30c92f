using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts.Strategies;

public sealed class InPlaceTests
{
    private static readonly RolloutSpec Plan = new() { Strategy = RolloutStrategyType.InPlace };

    [Fact]
    public void One_replica_gives_its_place_and_after_a_while_the_next()
    {
        SimulatedService service = Begun();
        for (int exchanged = 0; exchanged < 4; exchanged++)
        {
            (service.StableReady, service.WantedReady) = (3 - exchanged, exchanged);
            service.Advance(5);
            Assert.Equal([(V1, 3 - exchanged), (V2, exchanged + 1)], service.Targets.Select(target => (target.Release, target.Replicas)));
            Assert.Equal([100 - (100 * exchanged / 3), 100 * exchanged / 3], service.Targets.Select(target => target.Weight));
            Assert.Equal((RolloutReasons.Preparing, ReplicaExchange.InPlace), (service.Last!.Reason, service.Last.Exchange));
            service.WantedReady++;
            service.Advance(5);
            if (service.WantedReady == 4) break;
            Assert.Equal(RolloutReasons.Progressing, service.Last.Reason);
            service.Advance(19);
            Assert.Equal(RolloutReasons.Progressing, service.Last.Reason);
            service.Advance(1);
        }

        Assert.Equal((RolloutPhase.Promoted, V2), (service.Rollout!.Phase, service.Stable));
        Assert.Contains("Every replica was exchanged in its place", service.History[^1].Evidence);
    }

    [Fact]
    public void A_gate_that_fails_gives_the_places_back()
    {
        SimulatedService service = FirstExchanged();
        service.Samples = Bad;
        service.Advance(2);
        Assert.Equal((RolloutPhase.RolledBack, V1), (service.Rollout!.Phase, service.Stable));
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
        Assert.Equal(ReplicaExchange.InPlace, service.Last!.Exchange);
        service.Plan = new RolloutSpec();
        service.Advance(1);
        Assert.Equal(ReplicaExchange.InPlace, service.Last.Exchange);
    }

    [Fact]
    public void What_is_inconclusive_does_not_hold_the_exchange_and_what_nobody_has_read_does_for_a_minute()
    {
        SimulatedService service = FirstExchanged();
        service.SamplesWereRead = false;
        service.Advance(60);
        Assert.Equal(RolloutReasons.Progressing, service.Last!.Reason);
        service.SamplesWereRead = true;
        service.Advance(1);
        Assert.Equal((RolloutReasons.Preparing, 1), (service.Last.Reason, service.Rollout!.Step));
    }

    [Fact]
    public void A_place_in_which_nothing_becomes_ready_is_given_back_at_the_deadline()
    {
        SimulatedService service = FirstExchanged();
        service.Advance(20);
        service.StableReady = 2;
        service.Advance(600);
        Assert.Equal((RolloutPhase.RolledBack, V1), (service.Rollout!.Phase, service.Stable));
        Assert.Contains("1 of 2 replicas of v2 were ready", service.Last!.Message);
    }

    [Fact]
    public void With_one_replica_it_says_that_nothing_answers_meanwhile()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V2, Plan = Plan, Replicas = 1, StableReady = 1 };
        service.Decide();
        Assert.Contains("With one replica the service does not answer while it is exchanged", service.Last!.Message);
        Assert.Equal([(V1, 0), (V2, 1)], service.Targets.Select(target => (target.Release, target.Replicas)));
        (service.StableReady, service.WantedReady) = (0, 1);
        service.Advance(1);
        Assert.Equal((RolloutPhase.Promoted, V2), (service.Rollout!.Phase, service.Stable));
    }

    [Fact]
    public void A_person_who_promotes_takes_the_pauses_and_the_judge_away()
    {
        SimulatedService service = FirstExchanged();
        service.Samples = Bad;
        service.SayPromote();
        service.Advance(1);
        Assert.Equal((RolloutReasons.Preparing, 1), (service.Last!.Reason, service.Rollout!.Step));
    }

    [Fact]
    public void A_status_that_is_lost_midway_keeps_what_has_been_exchanged()
    {
        SimulatedService service = FirstExchanged();
        service.RunningIsKnown = true;
        (service.StableReady, service.WantedReady) = (2, 2);
        service.Edit(null, null, null, keepChecksum: false);
        service.Advance(1);
        Assert.Equal(V1, service.Stable);
        Assert.Equal([new ReleaseTarget(V1, 2, 50), new ReleaseTarget(V2, 2, 50)], service.Targets);
    }

    [Fact]
    public void A_release_serves_alone_only_once_the_others_have_given_their_places()
    {
        var service = new SimulatedService(V2, Now) { Wanted = V2, WantedReady = 2, StableReady = 2, Plan = Plan, RunningIsKnown = true };
        service.Decide();
        Assert.Equal((RolloutReasons.Exchanging, ConditionStatus.False), (service.Last!.Reason, service.Last.RolledOut));
        (service.StableReady, service.WantedReady) = (0, 4);
        service.Decide();
        Assert.Equal((RolloutReasons.RolledOut, ConditionStatus.True), (service.Last!.Reason, service.Last.RolledOut));
    }

    [Fact]
    public void Going_back_exchanges_one_by_one_without_pauses()
    {
        var service = new SimulatedService(V2, Now) { Wanted = V2, WantedReady = 4, Plan = Plan };
        service.Decide();
        service.SayUndo(V1);
        (service.StableReady, service.WantedReady) = (3, 1);
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V2, 0, 75), new ReleaseTarget(V1, 4, 25)], service.Targets);
        Assert.Equal((RolloutReasons.GoingBack, ReplicaExchange.InPlace), (service.Last!.Reason, service.Last.Exchange));
    }

    private static SimulatedService Begun()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V2, Plan = Plan };
        service.Decide();
        return service;
    }

    private static SimulatedService FirstExchanged()
    {
        SimulatedService service = Begun();
        (service.StableReady, service.WantedReady) = (3, 1);
        service.Advance(5);
        Assert.Equal((RolloutReasons.Progressing, V1), (service.Last!.Reason, service.Stable));
        return service;
    }
}
