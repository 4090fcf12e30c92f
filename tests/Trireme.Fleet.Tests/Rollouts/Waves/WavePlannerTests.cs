using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Rollouts.Waves;

namespace Trireme.Fleet.Tests.Rollouts.Waves;

/// <summary>Services move wave by wave, what their owners write counts, and the first that is taken back stops the rest.</summary>
public sealed class WavePlannerTests
{
    private static readonly FleetRolloutSpec OneThenHalf = new()
    {
        Selector = WaveWorld.Chat,
        Release = "v2",
        Waves = [new FleetWave { Percent = 1, Pause = Duration.FromSeconds(60) }, new FleetWave { Percent = 50, Pause = Duration.Zero }],
    };

    [Theory]
    [InlineData(1, "1")]
    [InlineData(2, "1 2")]
    [InlineData(3, "1 2 3")]
    [InlineData(8, "1 2 2 2 3 3 3 3")]
    public void Each_wave_has_its_share_and_at_least_one_service_more(int services, string expected) =>
        Assert.Equal(expected, string.Join(' ', WaveMembers.Numbers(OneThenHalf.Waves, services)));

    [Fact]
    public void A_wave_begins_when_the_one_before_has_ended_and_its_pause_is_over()
    {
        WaveWorld world = WaveWorld.Of(4, OneThenHalf);
        world.Run();
        Assert.Equal(["s0>v2"], world.Orders);
        world.Serve("s0");
        world.Run();
        Assert.Equal((WaveReasons.BetweenWaves, 1), (world.Complete.Reason, world.Orders.Count));
        world.Elapsed += TimeSpan.FromSeconds(59);
        world.Run();
        Assert.Single(world.Orders);
        world.Elapsed += TimeSpan.FromSeconds(1);
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2"], world.Orders);
        world.Serve("s1");
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2", "s2>v2", "s3>v2"], world.Orders);
        world.Serve("s2", "s3");
        world.Run();
        Assert.Equal(
            (FleetRolloutPhase.Completed, 4, ConditionStatus.True), (world.Status.Phase, world.Status.Moved, world.Complete.Status));
        Assert.Equal("Of 4 services 4 moved.", world.Complete.Message);
    }

    [Fact]
    public void No_more_than_the_bound_move_at_once()
    {
        WaveWorld world = WaveWorld.Of(5, OneThenHalf with { Waves = [], MaxMoving = 2 });
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2"], world.Orders);
        world.Serve("s1");
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2", "s2>v2"], world.Orders);
    }

    [Fact]
    public void Low_classes_go_first_and_who_is_there_already_is_not_moved()
    {
        WaveWorld world = WaveWorld.Of(1, OneThenHalf with { Waves = [], MaxMoving = 1 });
        world.Add("a", priority: PriorityClass.Critical);
        world.Add("z", priority: PriorityClass.Low);
        world.Add("there", release: "v2");
        for (int i = 0; i < 3; i++)
        {
            world.Run();
            world.Serve(world.Orders[i].Split('>')[0]);
        }

        world.Run();
        Assert.Equal(["z>v2", "s0>v2", "a>v2"], world.Orders);
        Assert.Equal((FleetRolloutPhase.Completed, 4), (world.Status.Phase, world.Status.Moved));
    }

    [Theory]
    [InlineData("a gate fails", FleetMemberOutcome.Failed)]
    [InlineData("its owner goes back", FleetMemberOutcome.TakenBack)]
    [InlineData("it cannot start", FleetMemberOutcome.Failed)]
    public void The_first_service_that_is_taken_back_stops_the_waves(string how, FleetMemberOutcome expected)
    {
        WaveWorld world = WaveWorld.Of(4, OneThenHalf);
        world.Run();
        if (how == "a gate fails") world.RollBack("s0");
        else if (how == "it cannot start") world.Say("s0", RolloutReasons.StartFailed, RolloutPhase.RolledBack);
        else world.Name("s0", "v1");
        world.Run();
        world.Elapsed += TimeSpan.FromHours(1);
        world.Run();
        Assert.Equal((FleetRolloutPhase.Stopped, WaveReasons.ServiceFailed), (world.Status.Phase, world.Complete.Reason));
        Assert.Equal((expected, 1), (world.Status.Services[0].Outcome, world.Status.Failed));
        Assert.Single(world.Orders);

        // Whoever tidies up after it has not said that the others may follow.
        world.Name("s0", "v1");
        world.Serve("s0");
        world.Run();
        Assert.Equal((FleetRolloutPhase.Stopped, 1), (world.Status.Phase, world.Orders.Count));
        world.Edit(static spec => spec with { Exclude = ["s0"] });
        world.Run();
        world.Elapsed += TimeSpan.FromMinutes(2);
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2"], world.Orders);
    }

    [Fact]
    public void What_an_owner_names_meanwhile_counts_and_stops_nobody()
    {
        WaveWorld world = WaveWorld.Of(3, OneThenHalf with { Waves = [], MaxMoving = 2 });
        world.Run();
        world.Name("s0", "v3");
        world.Name("s2", "v3");
        world.Serve("s0", "s1", "s2");
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2"], world.Orders);
        Assert.Equal(FleetRolloutPhase.Completed, world.Status.Phase);
        Assert.Equal("Of 3 services 1 moved, 2 were moved on by their owners.", world.Complete.Message);
        Assert.Equal("Its owner named v3 meanwhile, which counts.", world.Status.Services[0].Message);
    }

    [Fact]
    public void Services_that_come_and_go_are_seen()
    {
        WaveWorld world = WaveWorld.Of(5, OneThenHalf with { Waves = [new FleetWave { Percent = 40, Pause = Duration.Zero }] });
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2"], world.Orders);
        world.Add("late");
        world.Unlabel("s1");
        world.Unlabel("s2");
        world.Remove("s3");
        world.Serve("s0");
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2", "s4>v2", "late>v2"], world.Orders);
        Assert.Equal(
            ["s0 Moved", "s1 Left", "s4 Moving", "late Moving"],
            world.Status.Services.Select(static member => $"{member.Name} {member.Outcome}"));
        world.Remove("s4");
        world.Serve("late");
        world.Run();
        Assert.Equal((FleetRolloutPhase.Completed, 2), (world.Status.Phase, world.Status.Moved));
    }

    [Fact]
    public void A_service_that_is_scaled_to_zero_holds_nobody_and_is_still_seen_to_fail()
    {
        WaveWorld world = WaveWorld.Of(3, OneThenHalf);
        world.Change("s0", static spec => spec with { Replicas = 0 });
        world.Serve("s0");
        world.Run();
        world.Say("s0", RolloutReasons.ScaledToZero, RolloutPhase.Preparing);
        world.Run();
        world.Elapsed += TimeSpan.FromMinutes(1);
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2"], world.Orders);
        world.RollBack("s0");
        world.Run();
        Assert.Equal(FleetRolloutPhase.Stopped, world.Status.Phase);
    }

    [Fact]
    public void A_service_under_way_by_itself_is_waited_for()
    {
        WaveWorld world = WaveWorld.Of(1, OneThenHalf);
        world.Say("s0", RolloutReasons.Progressing, RolloutPhase.Progressing);
        world.Run();
        Assert.Empty(world.Orders);
        Assert.Contains("It waits for the end of its own rollout to v1.", world.Complete.Message, StringComparison.Ordinal);
        world.Serve("s0");
        world.Run();
        Assert.Single(world.Orders);
    }

    [Fact]
    public void A_wave_that_takes_too_long_stops_and_a_longer_time_goes_on()
    {
        WaveWorld world = WaveWorld.Of(3, OneThenHalf with { WaveDeadline = Duration.FromSeconds(100) });
        world.Run();
        world.Say("s0", RolloutReasons.Held, RolloutPhase.Held);
        world.Elapsed += TimeSpan.FromSeconds(100);
        world.Run();
        Assert.Equal((FleetRolloutPhase.Stopped, WaveReasons.WaveDeadlineExceeded), (world.Status.Phase, world.Complete.Reason));
        Assert.Equal(0, world.Status.Failed);
        world.Edit(static spec => spec with { WaveDeadline = Duration.FromSeconds(200) });
        world.Run();
        Assert.Equal(FleetRolloutPhase.Progressing, world.Status.Phase);
    }

    [Fact]
    public void Paused_begins_nothing_and_what_moves_goes_on()
    {
        WaveWorld world = WaveWorld.Of(3, OneThenHalf);
        world.Run();
        world.Edit(static spec => spec with { Paused = true });
        world.Serve("s0");
        world.Elapsed += TimeSpan.FromMinutes(5);
        world.Run();
        Assert.Equal((FleetRolloutPhase.Paused, 1, 1), (world.Status.Phase, world.Status.Moved, world.Orders.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Undo_takes_back_what_was_moved_and_nothing_else(bool byItself)
    {
        FleetFailureAction action = byItself ? FleetFailureAction.Undo : FleetFailureAction.Stop;
        WaveWorld world = WaveWorld.Of(4, OneThenHalf with { Waves = [], MaxMoving = 3, OnFailure = action });
        world.Run();
        world.Serve("s0");
        world.Name("s1", "v3");
        world.Serve("s1");
        world.RollBack("s2");
        world.Run();
        if (!byItself)
        {
            Assert.Equal((FleetRolloutPhase.Stopped, 3), (world.Status.Phase, world.Orders.Count));
            world.Edit(static spec => spec with { Undo = true });
            world.Run();
        }

        Assert.Equal(["s0>v1", "s2>v1"], world.Orders[3..]);
        Assert.Equal(FleetRolloutPhase.Undoing, world.Status.Phase);
        world.Serve("s0", "s2");
        world.Run();
        Assert.Equal((FleetRolloutPhase.Undone, "2 services went back."), (world.Status.Phase, world.Complete.Message));
        Assert.Equal(("v3", "v1"), (world.Find("s1").Spec.Release, world.Find("s3").Spec.Release));
    }

    [Fact]
    public void Another_target_is_refused_until_the_first_one_is_named_again()
    {
        WaveWorld world = WaveWorld.Of(3, OneThenHalf);
        world.Run();
        world.Serve("s0");
        world.Edit(static spec => spec with { Release = "v3" });
        world.Elapsed += TimeSpan.FromMinutes(5);
        world.Run();
        Assert.Equal((FleetRolloutPhase.Stopped, WaveReasons.TargetChanged), (world.Status.Phase, world.Complete.Reason));
        Assert.Single(world.Orders);
        world.Edit(static spec => spec with { Release = "v2" });
        world.Run();
        world.Elapsed += TimeSpan.FromMinutes(5);
        world.Run();
        Assert.Equal(2, world.Orders.Count);
    }

    [Fact]
    public void A_completed_one_moves_no_service_that_comes_later()
    {
        WaveWorld world = WaveWorld.Of(1, OneThenHalf);
        world.Run();
        world.Serve("s0");
        world.Run();
        world.Add("late");
        world.Run();
        Assert.Single(world.Orders);
        Assert.Equal("v1", world.Find("late").Spec.Release);
    }
}
