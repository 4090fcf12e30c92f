using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>What a person says of a move counts for that move, once.</summary>
public sealed class PromoteTests
{
    [Fact]
    public void A_later_apply_of_the_promoted_release_is_judged_again()
    {
        SimulatedService service = AtFirstStep();
        service.SayPromote();
        service.WantedReady = 4;
        service.Advance(1);
        Assert.Equal((V2, RolloutOrder.Promote), (service.Stable, service.Rollout!.Order));

        service.SayUndo(V1);
        service.Advance(1);
        Assert.Equal(V1, service.Stable);
        service.Wanted = V2;
        service.Samples = Bad;
        service.Advance(1);
        Assert.Equal((V1, null), (service.Stable, service.Rollout.Order));
        service.Advance(2);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout.Phase);
    }

    [Fact]
    public void A_word_about_a_move_that_was_called_off_says_nothing_about_the_next_one()
    {
        SimulatedService service = AtFirstStep();
        service.SayPromote();
        service.Wanted = V1;
        service.Advance(1);
        service.Wanted = V2;
        service.Advance(1);
        Assert.Equal((RolloutPhase.Progressing, null), (service.Rollout!.Phase, service.Rollout.Order));
    }

    [Fact]
    public void A_promoted_release_that_does_not_become_ready_is_given_up_at_the_deadline_and_not_tried_again_by_itself()
    {
        SimulatedService service = AtFirstStep();
        service.Advance(300);
        service.SayPromote();
        service.Advance(1);
        service.Advance(599);
        Assert.Equal(RolloutReasons.Finishing, service.Last!.Reason);
        service.Advance(1);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout!.Phase);
        string? id = service.Rollout.Id;
        service.Advance(600);
        Assert.Equal((RolloutPhase.RolledBack, id), (service.Rollout.Phase, service.Rollout.Id));

        // Said again, it is another word.
        service.SayPromote();
        service.Advance(1);
        Assert.Equal(RolloutReasons.Finishing, service.Last.Reason);
    }

    [Fact]
    public void A_word_of_an_earlier_version_counts_for_the_move_that_it_began()
    {
        var old = new RolloutSnapshot
        {
            Now = Now,
            Service = RolloutWorld.Service,
            Spec = new ModelServiceSpec { Release = "v2", Replicas = 1 },
            Stable = V1,
            Wanted = V2,
            WantedReady = 1,
            StableReady = 1,
            PromoteOrder = V2.ContentHash,
            Rollout = new RolloutStatus { Phase = RolloutPhase.Held, From = V1, To = V2, Plan = new RolloutSpec(), StartedAt = Now },
        };
        RolloutDecision taken = RolloutPlanner.Decide(old);
        Assert.Equal(V2, taken.Stable);

        // Nothing but that move: one that this version began has an id.
        RolloutDecision next = RolloutPlanner.Decide(old with { Stable = V3, Rollout = null });
        Assert.Equal((V3, null), (next.Stable, next.Rollout!.Order));
    }
}
