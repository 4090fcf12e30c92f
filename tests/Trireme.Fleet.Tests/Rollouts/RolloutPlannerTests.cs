using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts;

public class RolloutPlannerTests
{
    [Fact]
    public void The_first_release_gets_its_replicas_and_serves_once_one_is_ready()
    {
        RolloutDecision starting = RolloutPlanner.Decide(Snapshot(stable: null, wanted: V1));
        Assert.Null(starting.Stable);
        Assert.Equal([new ReleaseTarget(V1, 4, 0)], starting.Targets);
        Assert.Equal(RolloutReasons.FirstDeployment, starting.Reason);

        RolloutDecision ready = RolloutPlanner.Decide(Snapshot(stable: null, wanted: V1) with { WantedReady = 1 });
        Assert.Equal(V1, ready.Stable);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], ready.Targets);
        Assert.Equal(ConditionStatus.True, ready.RolledOut);
    }

    [Fact]
    public void A_first_release_that_cannot_start_says_why_and_keeps_trying()
    {
        RolloutSnapshot failing = Snapshot(stable: null, wanted: V1) with { WantedFailure = "exit 1: out of memory" };
        RolloutDecision decision = RolloutPlanner.Decide(failing);
        Assert.Equal(RolloutReasons.StartFailed, decision.Reason);
        Assert.Contains("out of memory", decision.Message, StringComparison.Ordinal);
        Assert.Equal([new ReleaseTarget(V1, 4, 0)], decision.Targets);
    }

    [Fact]
    public void A_missing_release_changes_nothing_and_is_named()
    {
        RolloutDecision first = RolloutPlanner.Decide(Snapshot(stable: null, wanted: null));
        Assert.Empty(first.Targets);
        RolloutDecision later = RolloutPlanner.Decide(Snapshot(stable: V1, wanted: null, name: "v9"));
        Assert.Equal(RolloutReasons.ReleaseNotReady, later.Reason);
        Assert.Contains("v9", later.Message, StringComparison.Ordinal);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], later.Targets);
    }

    [Fact]
    public void A_rollout_walks_through_its_steps_to_promotion()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V2 };

        service.Decide();
        Assert.Equal(RolloutPhase.Preparing, service.Rollout!.Phase);
        Assert.Equal([new ReleaseTarget(V1, 4, 100), new ReleaseTarget(V2, 1, 0)], service.Targets);

        service.WantedReady = 1;
        service.Decide();
        Assert.Equal(RolloutPhase.Progressing, service.Rollout.Phase);
        Assert.Equal([new ReleaseTarget(V1, 4, 90), new ReleaseTarget(V2, 1, 10)], service.Targets);

        service.Samples = Good;
        service.Advance(19);
        Assert.Equal(0, service.Rollout.Step);
        service.Advance(1);
        // Half of the traffic needs two replicas; until they are ready the share stays.
        Assert.Equal(RolloutPhase.Preparing, service.Rollout.Phase);
        Assert.Equal([new ReleaseTarget(V1, 4, 90), new ReleaseTarget(V2, 2, 10)], service.Targets);

        service.WantedReady = 2;
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V1, 4, 50), new ReleaseTarget(V2, 2, 50)], service.Targets);
        Assert.Equal(service.Now, service.Rollout.StepStartedAt);
        Assert.Equal(TimeSpan.FromSeconds(21), service.Rollout.StepStartedAfter.Value);

        service.Advance(20);
        Assert.Equal(RolloutReasons.Finishing, service.Last!.Reason);
        Assert.Equal([new ReleaseTarget(V1, 4, 50), new ReleaseTarget(V2, 4, 50)], service.Targets);

        service.WantedReady = 4;
        service.Advance(1);
        Assert.Equal(V2, service.Stable);
        Assert.Equal(V1, service.Previous);
        Assert.Equal(RolloutPhase.Promoted, service.Rollout.Phase);
        Assert.Equal([new ReleaseTarget(V2, 4, 100)], service.Targets);
        Assert.Equal(ConditionStatus.True, service.Last.RolledOut);
    }

    [Fact]
    public void A_worse_release_is_rolled_back_at_once_and_not_tried_again()
    {
        SimulatedService service = AtFirstStep();
        service.Samples = Bad;
        service.Advance(2);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout!.Phase);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
        Assert.Contains("inter-token latency 3x", service.Last!.Message, StringComparison.Ordinal);

        service.Samples = Good;
        service.Advance(10_000);
        Assert.Equal(RolloutReasons.RolledBack, service.Last.Reason);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
    }

    [Fact]
    public void A_rolled_back_release_is_tried_again_after_the_spec_named_another()
    {
        SimulatedService service = AtFirstStep();
        service.Samples = Bad;
        service.Advance(2);
        service.Wanted = V1;
        service.Advance(1);
        Assert.Equal(ConditionStatus.True, service.Last!.RolledOut);
        service.Wanted = V2;
        service.WantedReady = 0;
        service.Advance(1);
        Assert.Equal(RolloutPhase.Preparing, service.Rollout!.Phase);
    }

    [Fact]
    public void A_rolled_back_release_can_be_promoted_by_a_person()
    {
        SimulatedService service = AtFirstStep();
        service.Samples = Bad;
        service.Advance(2);
        service.SayPromote();
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V1, 4, 100), new ReleaseTarget(V2, 4, 0)], service.Targets);
        service.WantedReady = 4;
        service.Advance(1);
        Assert.Equal(V2, service.Stable);
    }

    [Fact]
    public void A_release_that_cannot_start_is_rolled_back_with_the_reason()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V2, WantedFailure = "crash loop, exit 139" };
        service.Decide();
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout!.Phase);
        Assert.Contains("exit 139", service.Last!.Message, StringComparison.Ordinal);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
    }

    [Fact]
    public void A_promoted_release_that_cannot_start_takes_no_traffic_and_does_not_flap()
    {
        SimulatedService service = AtFirstStep();
        service.SayPromote();
        service.WantedFailure = "crash loop";
        service.Advance(1);
        Assert.Equal(RolloutReasons.StartFailed, service.Last!.Reason);
        Assert.Equal([new ReleaseTarget(V1, 4, 100), new ReleaseTarget(V2, 4, 0)], service.Targets);
        service.Advance(1);
        Assert.Equal(RolloutReasons.StartFailed, service.Last.Reason);
    }

    [Theory]
    [InlineData(InconclusiveAction.Hold, RolloutPhase.Held)]
    [InlineData(InconclusiveAction.Rollback, RolloutPhase.RolledBack)]
    [InlineData(InconclusiveAction.Promote, RolloutPhase.Preparing)]
    public void A_step_that_stays_inconclusive_does_what_the_plan_says(InconclusiveAction action, RolloutPhase expected)
    {
        SimulatedService service = AtFirstStep(action);
        service.Advance(599);
        Assert.Equal(RolloutPhase.Progressing, service.Rollout!.Phase);
        service.Advance(1);
        Assert.Equal(expected, service.Rollout.Phase);
        Assert.Equal(action == InconclusiveAction.Promote ? 1 : 0, service.Rollout.Step);
    }

    [Fact]
    public void A_held_rollout_keeps_its_share_until_a_person_promotes_it()
    {
        SimulatedService service = AtFirstStep();
        service.Advance(600);
        service.Samples = Good;
        service.Advance(1000);
        Assert.Equal(RolloutPhase.Held, service.Rollout!.Phase);
        Assert.Equal([new ReleaseTarget(V1, 4, 90), new ReleaseTarget(V2, 1, 10)], service.Targets);
        service.SayPromote();
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V1, 4, 90), new ReleaseTarget(V2, 4, 10)], service.Targets);
        service.WantedReady = 4;
        service.Advance(1);
        Assert.Equal(V2, service.Stable);
    }

    [Fact]
    public void A_held_rollout_that_proves_worse_is_rolled_back()
    {
        SimulatedService service = AtFirstStep();
        service.Advance(600);
        service.Samples = Bad;
        service.Advance(1);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout!.Phase);
    }

    [Fact]
    public void Naming_the_serving_release_again_undoes_the_rollout_at_once()
    {
        SimulatedService service = AtFirstStep();
        service.Wanted = V1;
        service.Advance(1);
        Assert.Equal(RolloutPhase.Superseded, service.Rollout!.Phase);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
        Assert.Equal(ConditionStatus.True, service.Last!.RolledOut);
    }

    [Fact]
    public void Naming_a_third_release_ends_the_rollout_and_starts_another()
    {
        SimulatedService service = AtFirstStep();
        service.Wanted = V3;
        service.WantedReady = 0;
        service.Advance(1);
        Assert.Equal(RolloutPhase.Superseded, service.Rollout!.Phase);
        Assert.Equal(TimeSpan.Zero, service.Last!.RequeueAfter);
        service.Advance(0);
        Assert.Equal(V3, service.Rollout.To);
        Assert.Equal(RolloutPhase.Preparing, service.Rollout.Phase);
    }

    [Fact]
    public void The_plan_is_pinned_when_the_rollout_starts()
    {
        SimulatedService service = AtFirstStep();
        service.Plan = new RolloutSpec { Steps = [new RolloutStep { Weight = 77 }] };
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V1, 4, 90), new ReleaseTarget(V2, 1, 10)], service.Targets);
    }

    [Fact]
    public void While_the_named_release_is_missing_a_rollout_stands_still_but_a_worse_release_still_goes()
    {
        SimulatedService service = AtFirstStep();
        service.Wanted = null;
        service.Samples = Good;
        service.Advance(1000);
        Assert.Equal([new ReleaseTarget(V1, 4, 90), new ReleaseTarget(V2, 1, 10)], service.Targets);
        Assert.Equal(RolloutReasons.ReleaseNotReady, service.Last!.Reason);
        service.Samples = Bad;
        service.Advance(1);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout!.Phase);
    }

    [Fact]
    public void A_failed_release_keeps_its_replicas_while_nothing_else_answers()
    {
        SimulatedService service = AtFirstStep();
        service.Samples = Bad;
        service.StableReady = 0;
        service.Advance(2);
        Assert.Equal([new ReleaseTarget(V1, 4, 100), new ReleaseTarget(V2, 1, 0)], service.Targets);
        service.StableReady = 1;
        service.Advance(2);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
    }

    [Fact]
    public void A_service_scaled_to_zero_waits_with_the_rollout()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V2, Replicas = 0, StableReady = 0 };
        service.Decide();
        service.Advance(10_000);
        Assert.Equal(RolloutPhase.Preparing, service.Rollout!.Phase);
        Assert.Equal([new ReleaseTarget(V1, 0, 100), new ReleaseTarget(V2, 0, 0)], service.Targets);
        Assert.Contains("scaled to zero", service.Last!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_without_steps_changes_over_when_all_replicas_are_ready()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V2, Plan = new RolloutSpec { Steps = [] } };
        service.Decide();
        Assert.Equal([new ReleaseTarget(V1, 4, 100), new ReleaseTarget(V2, 4, 0)], service.Targets);
        service.WantedReady = 4;
        service.Advance(1);
        Assert.Equal([new ReleaseTarget(V2, 4, 100)], service.Targets);
    }

    [Fact]
    public void A_step_of_all_traffic_is_the_end_of_the_plan()
    {
        var service = new SimulatedService(V1, Now)
        {
            Wanted = V2,
            WantedReady = 4,
            Plan = new RolloutSpec { Steps = [new RolloutStep { Weight = 20 }, new RolloutStep { Weight = 100 }] },
        };
        service.Decide();
        service.Samples = Good;
        service.Advance(20);
        Assert.Equal(V2, service.Stable);
    }

    [Fact]
    public void A_release_with_the_same_content_under_a_new_name_needs_no_rollout()
    {
        var service = new SimulatedService(V1, Now) { Wanted = V1 with { Name = "v1-again" } };
        service.Decide();
        Assert.Null(service.Rollout);
        Assert.Equal("v1-again", service.Stable!.Name);
    }

    [Fact]
    public void Whatever_happens_weights_sum_to_a_hundred_and_a_rolled_back_release_stays_out()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var service = new SimulatedService(null, Now) { Replicas = random.Next(1, 5) };
            service.Plan = new RolloutSpec { OnInconclusive = (InconclusiveAction)random.Next(3) };
            for (int i = 0; i < 120; i++)
            {
                RolloutStatus? before = service.Rollout;
                ReleaseRef? wantedBefore = service.Wanted;
                (string?, string?) saidBefore = (service.PromoteOrder, service.UndoOrder);
                Disturb(service, random);
                service.Advance(random.Next(0, 40));
                bool saidNothing = saidBefore == (service.PromoteOrder, service.UndoOrder);
                Check(service, saidNothing ? before : null, wantedBefore, $"seed {seed}, step {i}");
            }
        }
    }

    private static void Disturb(SimulatedService service, Random random)
    {
        switch (random.Next(13))
        {
            case 0: service.Wanted = new[] { V1, V2, V3, null }[random.Next(4)]; break;
            case 1: service.StableReady = random.Next(service.Replicas + 1); break;
            case 2 or 3 or 4: service.WantedReady = random.Next(service.Replicas + 1); break;
            case 5: service.WantedFailure = random.Next(4) == 0 ? "crash loop" : null; break;
            case 6 when service.Rollout is not null: service.SayPromote(); break;
            case 9: service.SayUndo(new[] { V1, V2, V3 }[random.Next(3)]); break;
            case 10: service.WallOffset += TimeSpan.FromMinutes(random.Next(-90, 90)); break;
            case 11: service.Restart(); break;
            case 7: service.Samples = new[] { Good, Bad, RolloutSamples.None }[random.Next(3)]; break;
            default: service.Plan = service.Plan with { Steps = [ShortStep(random.Next(1, 101))] }; break;
        }
    }

    private static RolloutStep ShortStep(int weight) => new() { Weight = weight, MaxDuration = Duration.FromSeconds(60) };

    private static void Check(SimulatedService service, RolloutStatus? before, ReleaseRef? wantedBefore, string where)
    {
        Assert.True(service.Stable is null || service.Targets.Sum(t => t.Weight) == 100, where);
        Assert.True(service.Targets.Count == 0 || service.Targets.Any(t => t.Replicas > 0), where);
        int mostReplicas = Math.Max(service.Replicas, service.WantedReady);
        Assert.True(service.Targets.All(t => t.Weight is >= 0 and <= 100 && t.Replicas <= mostReplicas), where);
        Assert.Equal(service.Targets.Count, service.Targets.Select(t => t.Release.ContentHash).Distinct().Count());
        bool stayedOut = before?.Phase == RolloutPhase.RolledBack && service.Wanted == wantedBefore
            && before.To.ContentHash == service.Wanted?.ContentHash;
        if (stayedOut) Assert.True(service.Rollout!.Phase == RolloutPhase.RolledBack, $"{where}: {before} became {service.Rollout}");
    }

    private static RolloutSnapshot Snapshot(ReleaseRef? stable, ReleaseRef? wanted, string? name = null) => new()
    {
        Now = Now,
        Service = RolloutWorld.Service,
        Spec = new ModelServiceSpec { Release = name ?? wanted?.Name ?? "v1", Replicas = 4 },
        Stable = stable,
        Wanted = wanted,
    };
}
