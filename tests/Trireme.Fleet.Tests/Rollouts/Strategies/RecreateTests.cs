using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts.Strategies;

public sealed class RecreateTests
{
    private static readonly RolloutSpec Plan = new() { Strategy = RolloutStrategyType.Recreate };

    [Fact]
    public void The_old_release_is_stopped_first_and_the_condition_says_that_nothing_answers()
    {
        SimulatedService service = Begun();
        Assert.Equal([new ReleaseTarget(V2, 4, 100)], service.Targets);
        Assert.Equal((ReplicaExchange.Recreate, V1), (service.Last!.Exchange, service.Stable));
        Assert.Equal((RolloutReasons.Recreating, ConditionStatus.False), (service.Last.Reason, service.Last.RolledOut));
        Assert.Contains("The service does not answer: v1 is stopped", service.Last.Message);
        service.WantedReady = 1;
        service.Advance(5);
        Assert.Contains("1 of 4 replicas of v2 answer", service.Last.Message);
        service.WantedReady = 4;
        service.Advance(5);
        Assert.Equal((RolloutPhase.Promoted, V2), (service.Rollout!.Phase, service.Stable));
        Assert.Contains("Nothing was compared", service.History[^1].Evidence);
    }

    [Fact]
    public void A_release_that_cannot_start_gives_way_to_the_old_one()
    {
        SimulatedService service = Begun();
        service.WantedFailure = "replica a ended 3 times in a row";
        service.Advance(5);
        Assert.Equal((RolloutPhase.RolledBack, V1), (service.Rollout!.Phase, service.Stable));
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
        Assert.Equal(ReplicaExchange.Recreate, service.Last!.Exchange);
    }

    [Theory]
    [InlineData(0, RolloutPhase.RolledBack, "v1")]
    [InlineData(1, RolloutPhase.Promoted, "v2")]
    public void At_the_deadline_what_answers_stays_and_only_where_nothing_does_the_old_one_comes_back(
        int ready, RolloutPhase phase, string serves)
    {
        SimulatedService service = Begun();
        service.WantedReady = ready;
        service.Advance(5);
        service.Advance(600);
        Assert.Equal((phase, serves), (service.Rollout!.Phase, service.Stable!.Name));
        Assert.Equal([new ReleaseTarget(service.Stable, 4, 100)], service.Targets);
    }

    [Fact]
    public void Failed_replicas_do_not_keep_their_places_from_the_old_release()
    {
        SimulatedService service = Begun();
        service.WantedReady = 0;
        service.Advance(600);
        service.WantedReady = 2;
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
    }

    [Fact]
    public void Where_the_new_release_becomes_unusable_and_nothing_serves_the_old_one_comes_back_at_once()
    {
        SimulatedService service = Begun();
        (service.Wanted, service.Named, service.WantedProblem) = (null, "v2", "Its files have changed.");
        service.Advance(5);
        Assert.Equal((RolloutPhase.RolledBack, V1), (service.Rollout!.Phase, service.Stable));
    }

    [Fact]
    public void Going_back_stops_what_serves_and_starts_the_other_one_again()
    {
        SimulatedService service = Begun();
        service.WantedReady = 4;
        service.Advance(5);
        service.SayUndo(V1);
        service.WantedReady = 0;
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
        Assert.Equal((RolloutReasons.GoingBack, ReplicaExchange.Recreate), (service.Last!.Reason, service.Last.Exchange));
        service.WantedReady = 4;
        service.Advance(5);
        Assert.Equal((RolloutReasons.Undone, V1), (service.Last!.Reason, service.Stable));
    }

    [Fact]
    public void An_edit_that_calls_the_move_done_while_nothing_runs_is_not_believed()
    {
        SimulatedService service = Begun();
        service.WantedReady = 4;
        service.Advance(5);
        (service.Wanted, service.WantedReady) = (V3, 0);
        service.Advance(1);
        Assert.Equal((RolloutReasons.Recreating, V2), (service.Last!.Reason, service.Stable));
        service.RunningIsKnown = true;
        service.StableReady = 0;
        service.Edit(V3, V1, null);
        service.Advance(1);
        Assert.Equal((RolloutReasons.Recreating, V2), (service.Last!.Reason, service.Stable));
    }

    private static SimulatedService Begun()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V2, Plan = Plan };
        service.Decide();
        service.StableReady = 0;
        return service;
    }
}
