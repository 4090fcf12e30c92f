using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>A status that was lost, or edited by hand, at every stage of a move.</summary>
public sealed class RolloutRecoveryTests
{
    public static TheoryData<string, string> EditsAtStages()
    {
        var data = new TheoryData<string, string>();
        foreach (string stage in Stages.Keys)
        {
            foreach (string edit in Edits.Keys) data.Add(stage, edit);
        }

        return data;
    }

    private static readonly Dictionary<string, Func<SimulatedService>> Stages = new()
    {
        ["the first replica starts"] = static () =>
        {
            SimulatedService service = AtFirstStep();
            service.WantedReady = 0;
            return service;
        },
        ["the first step"] = static () => AtFirstStep(),
        ["the second step"] = static () =>
        {
            SimulatedService service = AtFirstStep();
            service.Samples = Good;
            service.WantedReady = 2;
            service.Advance(20);
            Assert.Equal((RolloutPhase.Progressing, 1), (service.Rollout!.Phase, service.Rollout.Step));
            service.Samples = RolloutSamples.None;
            return service;
        },
        ["held"] = static () =>
        {
            SimulatedService service = AtFirstStep();
            service.Advance(600);
            Assert.Equal(RolloutPhase.Held, service.Rollout!.Phase);
            return service;
        },
    };

    private static readonly Dictionary<string, Action<SimulatedService>> Edits = new()
    {
        ["the status is lost"] = static service => service.Edit(null, null, null, keepChecksum: false),
        ["the rollout is removed"] = static service => service.Edit(service.Stable, service.Previous, null),
        ["the new release is named as the one that serves"] = static service => service.Edit(V2, V1, service.Rollout),
        ["the new release is named and nothing else is left"] = static service => service.Edit(V2, null, null),
        ["the rollout is said to be promoted"] =
            static service => service.Edit(V2, V1, service.Rollout! with { Phase = RolloutPhase.Promoted }),
        ["the steps are said to be done"] = static service => service.Edit(
            service.Stable, service.Previous, service.Rollout! with { Phase = RolloutPhase.Preparing, Step = 2 }),
        ["the plan is emptied"] = static service => service.Edit(
            service.Stable, service.Previous, service.Rollout! with { Plan = new RolloutSpec { Steps = [] } }),
        ["the evidence is made up"] = static service => service.Edit(
            service.Stable,
            service.Previous,
            service.Rollout! with { Evidence = RolloutJudge.Look(null, Good, new RolloutGates()).Evidence }),
    };

    [Theory]
    [MemberData(nameof(EditsAtStages))]
    public void Is_rebuilt_from_what_runs_and_never_read_as_done(string stage, string edit)
    {
        SimulatedService service = Stages[stage]();
        service.WantedReady = Math.Max(service.WantedReady, 2);
        service.RunningIsKnown = true;
        Edits[edit](service);
        service.Advance(1);

        Assert.Equal(V1, service.Stable);
        Assert.NotEqual(ConditionStatus.True, service.Last!.RolledOut);
        Assert.Equal((V1, V2), (service.Rollout!.From, service.Rollout.To));
        Assert.Equal((RolloutPhase.Progressing, 0), (service.Rollout.Phase, service.Rollout.Step));
        Assert.Equal([new ReleaseTarget(V1, 4, 90), new ReleaseTarget(V2, 1, 10)], service.Targets);
        Assert.Contains("lost or edited", service.Last.Message, StringComparison.Ordinal);

        // It is rebuilt once, and the judge still decides.
        service.Samples = Good;
        service.WantedReady = 4;
        service.Advance(20);
        Assert.DoesNotContain("lost or edited", service.Last.Message, StringComparison.Ordinal);
        service.Advance(20);
        Assert.Equal(V2, service.Stable);
    }

    [Fact]
    public void Nothing_is_rebuilt_while_the_status_is_as_the_platform_wrote_it()
    {
        foreach (Func<SimulatedService> stage in Stages.Values)
        {
            SimulatedService service = stage();
            service.RunningIsKnown = true;
            RolloutStatus before = service.Rollout!;
            service.Restart();
            service.Decide();
            Assert.Equal((before.Phase, before.Step, before.Id), (service.Rollout!.Phase, service.Rollout.Step, service.Rollout.Id));
            Assert.DoesNotContain("lost or edited", service.Last!.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_release_that_failed_is_remembered_by_the_history()
    {
        SimulatedService service = AtFirstStep();
        service.Samples = Bad;
        service.Advance(2);
        Assert.Equal(RolloutPhase.RolledBack, service.Rollout!.Phase);
        service.RunningIsKnown = true;
        service.Samples = RolloutSamples.None;
        service.Edit(service.Stable, service.Previous, null);
        service.Advance(1);
        Assert.Equal((V1, RolloutPhase.RolledBack, V2), (service.Stable, service.Rollout!.Phase, service.Rollout.To));
        Assert.Single(service.History);
        Assert.Equal([new ReleaseTarget(V1, 4, 100)], service.Targets);
    }

    [Fact]
    public void A_service_that_lost_its_status_and_runs_one_release_serves_it()
    {
        var service = new SimulatedService(null, Now) { Wanted = V1, WantedReady = 4, RunningIsKnown = true };
        service.Decide();
        Assert.Equal((V1, ConditionStatus.True), (service.Stable, service.Last!.RolledOut));
        Assert.DoesNotContain("lost or edited", service.Last.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Replicas_are_counted_for_the_release_that_was_found_and_not_for_the_one_that_was_recorded()
    {
        var service = new SimulatedService(V1, Now)
        {
            Plan = new RolloutSpec { Strategy = RolloutStrategyType.BlueGreen },
            Replicas = 3,
            StableReady = 3,
            WantedReady = 2,
            RunningIsKnown = true,
        };
        service.SayUndo(V2);
        service.Edit(null, null, null, keepChecksum: false);
        service.Advance(1);
        Assert.Equal((V1, RolloutOrder.Undo), (service.Stable, service.Rollout!.Order));
        Assert.Equal([new ReleaseTarget(V1, 3, 34), new ReleaseTarget(V2, 3, 66)], service.Targets);
    }

    /// <summary>
    /// What the checksum covers is part of what is stored: if this changes, so must the format that stands before it, or a new version
    /// takes every status of the one before it for edited.
    /// </summary>
    [Fact]
    public void The_checksum_of_a_known_status_is_what_it_was()
    {
        var rollout = new RolloutStatus
        {
            Phase = RolloutPhase.Progressing, From = V1, To = V2, Plan = new RolloutSpec(), Step = 1, StartedAt = Now, StepStartedAt = Now,
            Evidence = RolloutJudge.Look(null, Good, new RolloutGates()).Evidence,
        };
        Assert.Equal("2:", RolloutRecovery.Checksum(V1, null, rollout)![..2]);
        string evidence = CanonicalJson.Write(rollout.Evidence);
        Assert.Equal(evidence, CanonicalJson.Write(JsonSerializer.Deserialize<MoveEvidence>(evidence, ResourceJson.Options)));
    }
}
