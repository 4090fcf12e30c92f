using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>A person goes back: at once, whole and without the judge.</summary>
public sealed class UndoTests
{
    [Fact]
    public void Traffic_leaves_the_bad_release_with_each_replica_that_becomes_ready_and_nobody_judges()
    {
        SimulatedService service = Promoted();
        service.Samples = Bad;
        service.SayUndo(V1);
        service.Decide();
        Assert.Equal((RolloutReasons.GoingBack, RolloutOrder.Undo), (service.Last!.Reason, service.Rollout!.Order));
        Assert.Equal([new ReleaseTarget(V2, 4, 100), new ReleaseTarget(V1, 4, 0)], service.Targets);

        service.WantedReady = 3;
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V2, 4, 25), new ReleaseTarget(V1, 4, 75)], service.Targets);

        service.WantedReady = 4;
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
        Assert.Equal((V1, V2), (service.Stable, service.Previous));
        Assert.Equal((RolloutReasons.Undone, ConditionStatus.True), (service.Last.Reason, service.Last.RolledOut));
        Assert.Null(service.Rollout.Verdict);
    }

    [Fact]
    public void A_release_whose_replicas_still_run_takes_all_traffic_in_the_same_decision()
    {
        SimulatedService service = Promoted();
        service.WantedReady = 4;
        service.SayUndo(V1);
        service.Decide();
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
    }

    [Fact]
    public void Undo_in_the_middle_of_a_move_calls_it_off_in_the_same_decision()
    {
        SimulatedService service = AtFirstStep();
        service.SayUndo(V1);
        service.Decide();
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
    }

    [Fact]
    public void Undo_to_a_release_before_the_serving_one_ends_the_move_and_goes_there_unjudged()
    {
        SimulatedService service = Promoted();
        service.Wanted = V3;
        service.Decide();
        service.WantedReady = 0;
        service.SayUndo(V1);
        service.Decide();
        Assert.Equal(RolloutPhase.Superseded, service.Rollout!.Phase);
        service.Decide();
        Assert.Equal((V1, RolloutOrder.Undo), (service.Rollout.To, service.Rollout.Order));
    }

    [Fact]
    public void Undo_to_the_release_that_is_being_judged_takes_it_at_once_and_is_used_up_with_that_move()
    {
        SimulatedService service = AtFirstStep();
        service.SayUndo(V2);
        service.Samples = Bad;
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V1, 4, 75), new ReleaseTarget(V2, 4, 25)], service.Targets);
        service.WantedFailure = "crash loop";
        service.WantedReady = 0;
        service.Advance(1);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout!.Phase);
        (service.WantedFailure, service.WantedReady) = (null, 4);
        service.Advance(1);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout.Phase);
    }

    [Fact]
    public void The_word_is_used_up_and_the_next_move_to_the_same_release_is_judged()
    {
        SimulatedService service = Promoted();
        service.SayUndo(V1);
        service.WantedReady = 4;
        service.Decide();
        service.Wanted = V2;
        service.Decide();
        Assert.Equal((V2, null), (service.Rollout!.To, service.Rollout.Order));
        service.Samples = Good;
        service.Advance(20);
        service.Advance(20);
        Assert.Equal(V2, service.Stable);

        // Somebody names v1 in the spec; the annotation of the undo is still there.
        service.Wanted = V1;
        service.Decide();
        Assert.Equal((V1, null), (service.Rollout.To, service.Rollout.Order));
        Assert.Equal([new ReleaseTarget(V2, 4, 90), new ReleaseTarget(V1, 1, 10)], service.Targets);
    }

    [Fact]
    public void Going_back_to_what_cannot_start_is_given_up_with_the_reason_and_can_be_asked_for_again()
    {
        SimulatedService service = Promoted();
        service.SayUndo(V1);
        service.Decide();
        service.WantedFailure = "its files are damaged";
        service.Advance(1);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout!.Phase);
        Assert.Contains(
            "Going back to v1 did not work and v2 still serves. v1 cannot start: its files are damaged.", service.Last!.Message);
        Assert.Equal([new ReleaseTarget(V2, 4, 100)], service.Targets);

        service.Advance(60);
        Assert.Equal(RolloutReasons.RolledBack, service.Last.Reason);
        service.WantedFailure = null;
        service.SayUndo(V1);
        service.Advance(1);
        Assert.Equal(RolloutReasons.GoingBack, service.Last.Reason);
    }

    [Fact]
    public void At_the_deadline_what_is_ready_takes_all_traffic_because_a_person_wants_the_other_off()
    {
        SimulatedService service = Promoted();
        service.SayUndo(V1);
        service.WantedReady = 1;
        service.Decide();
        service.Advance(599);
        Assert.Equal(RolloutReasons.GoingBack, service.Last!.Reason);
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
        Assert.Equal(V1, service.Stable);
    }

    [Fact]
    public void Going_back_without_a_ready_replica_ends_at_the_deadline()
    {
        SimulatedService service = Promoted();
        service.SayUndo(V1);
        service.Decide();
        service.WantedComplaint = "v1-a: The engine loads the model.";
        service.Advance(600);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout!.Phase);
        Assert.Contains("0 of 4 replicas of v1 were ready, and none more within 10m. v1-a: The engine loads", service.Last!.Message);
    }

    [Fact]
    public void A_service_without_replicas_goes_back_at_once()
    {
        SimulatedService service = Promoted();
        (service.Replicas, service.StableReady) = (0, 0);
        service.SayUndo(V1);
        service.Decide();
        Assert.Equal(V1, service.Stable);
    }
}
