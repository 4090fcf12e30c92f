using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts.Strategies;

public sealed class ShadowTests
{
    [Fact]
    public void A_new_release_gets_copies_and_no_client_until_they_pass_and_then_the_steps()
    {
        SimulatedService service = Shadowing(ShadowNext.Canary);
        Assert.Equal([new ReleaseTarget(V1, 4, 100), new ReleaseTarget(V2, 2, 0) { Copies = 30 }], service.Targets);
        Assert.Equal(RolloutComparison.Copies, RolloutCourse.Comparison(service.Rollout!));
        Assert.Contains("v2 gets copies of 30% of requests", service.Last!.Message);

        service.Samples = Good;
        service.Advance(20);
        Assert.Equal((RolloutPhase.Progressing, 1), (service.Rollout!.Phase, service.Rollout.Step));
        Assert.Equal([new ReleaseTarget(V1, 4, 90), new ReleaseTarget(V2, 1, 10)], service.Targets);
        Assert.Equal(RolloutComparison.SameTime, RolloutCourse.Comparison(service.Rollout));
    }

    [Fact]
    public void Copies_go_on_while_the_replicas_of_the_first_step_start()
    {
        SimulatedService service = Shadowing(ShadowNext.Canary, new RolloutStep { Weight = 75 });
        service.Samples = Good;
        service.Advance(20);
        Assert.Equal((RolloutPhase.Preparing, 1), (service.Rollout!.Phase, service.Rollout.Step));
        Assert.Equal([new ReleaseTarget(V1, 4, 100), new ReleaseTarget(V2, 3, 0) { Copies = 30 }], service.Targets);
    }

    [Fact]
    public void A_shadow_that_is_to_be_promoted_gets_all_traffic_with_all_replicas()
    {
        SimulatedService service = Shadowing(ShadowNext.Promote);
        service.Samples = Good;
        service.Advance(20);
        Assert.Equal(RolloutReasons.Finishing, service.Last!.Reason);
        Assert.Equal([new ReleaseTarget(V1, 4, 100), new ReleaseTarget(V2, 4, 0) { Copies = 30 }], service.Targets);
        service.WantedReady = 4;
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V2, 4, 100)], service.Targets);
        Assert.Contains("It answered copies of requests within every limit", service.History[^1].Evidence);
    }

    [Fact]
    public void A_shadow_that_is_to_be_held_waits_for_a_person_who_promotes_it()
    {
        SimulatedService service = Shadowing(ShadowNext.Hold);
        service.Samples = Good;
        service.Advance(20);
        service.Advance(10_000);
        Assert.Equal(RolloutPhase.Held, service.Rollout!.Phase);
        Assert.Contains("v2 keeps copies of 30% of requests until a person decides", service.Last!.Message);
        service.SayPromote();
        service.WantedReady = 4;
        service.Advance(1);
        Assert.Equal((RolloutPhase.Promoted, V2), (service.Rollout!.Phase, service.Stable));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_gate_that_fails_on_copies_rolls_back_without_a_client_having_been_there(bool held)
    {
        SimulatedService service = Shadowing(held ? ShadowNext.Hold : ShadowNext.Canary);
        if (held)
        {
            service.Samples = Good;
            service.Advance(20);
        }

        service.Samples = Bad;
        service.Advance(2);
        Assert.Equal((RolloutPhase.RolledBack, V1), (service.Rollout!.Phase, service.Stable));
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
    }

    [Theory]
    [InlineData(InconclusiveAction.Hold, RolloutPhase.Held)]
    [InlineData(InconclusiveAction.Rollback, RolloutPhase.RolledBack)]
    [InlineData(InconclusiveAction.Promote, RolloutPhase.Progressing)]
    public void Copies_that_prove_nothing_end_as_the_plan_says(InconclusiveAction action, RolloutPhase phase)
    {
        SimulatedService service = Shadowing(ShadowNext.Canary, onInconclusive: action);
        service.Advance(600);
        Assert.Equal(phase, service.Rollout!.Phase);
    }

    private static SimulatedService Shadowing(
        ShadowNext then, RolloutStep? step = null, InconclusiveAction onInconclusive = InconclusiveAction.Hold)
    {
        var plan = new RolloutSpec
        {
            Strategy = RolloutStrategyType.Shadow,
            Shadow = new ShadowSpec { Percent = 30, Then = then },
            OnInconclusive = onInconclusive,
        };
        if (step is not null) plan = plan with { Steps = [step] };
        var service = new SimulatedService(V1, Now) { Wanted = V2, WantedReady = 2, Plan = plan };
        service.Decide();
        Assert.Equal(RolloutPhase.Progressing, service.Rollout!.Phase);
        return service;
    }
}
