using Trireme.Contracts.Resources;
using Trireme.Fleet.Placement;
using static Trireme.Fleet.Tests.Placement.PlacementWorld;

namespace Trireme.Fleet.Tests.Placement;

public sealed class PreemptionTests
{
    private static readonly PlacementRequest Low = Ask("low", 3), Standard = Ask("standard", 3), Urgent = Ask("urgent", 4);

    /// <summary>A device of 8 with a replica of 3 of each class, and a critical service that has none.</summary>
    private static FleetSnapshot Full { get; } = FleetOf(Pool("local", 8))
        .WithService("low", 1, PriorityClass.Low).WithService("standard").WithService("urgent", 1, PriorityClass.Critical)
        .Place(Low, Standard);

    [Fact]
    public void A_service_that_lacks_its_number_gets_the_room_of_the_lowest_class()
    {
        PlacementDecision decision = PlacementPlanner.Decide(Full, [Urgent]);
        Eviction eviction = Assert.Single(decision.Evictions);
        Assert.Equal((Low.Replica, Urgent.Replica), (eviction.Victim, eviction.For));
        Assert.Equal(
            "Replica low-a drains and makes room: service default/urgent of class Critical has too few replicas and needs 4.00 GiB on "
            + "local/gpu-0.",
            eviction.Message);
        ReplicaWait wait = (Full with { Placement = decision.Index }).WaitOf(Urgent);
        Assert.Equal(PlacementReasons.Preempting, wait.Reason);
        Assert.EndsWith("it gets room on local/gpu-0 once default/low-a has drained.", wait.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_else_takes_the_room_while_it_drains_and_then_it_is_taken()
    {
        FleetSnapshot fleet = Full.Place(Urgent);
        PlacementRequest small = Ask("small", 1);
        fleet = (fleet with { Placement = fleet.Placement.Leave(Low.Replica) }).Place(small);
        Assert.Equal("-", fleet.DeviceOf(small));
        Assert.Empty(PlacementPlanner.Decide(fleet, []).Evictions);

        fleet = fleet.Without(Low).Place();
        Assert.Equal("local/gpu-0", fleet.DeviceOf(Urgent));
        Assert.Equal("local/gpu-0", fleet.DeviceOf(small));
        Assert.Empty(fleet.Placement.Evictions);
    }

    [Theory]
    [InlineData("the higher service has its number", 1, PriorityClass.Critical)]
    [InlineData("the class is not higher", 2, PriorityClass.Low)]
    public void Nobody_is_ended_where(string reason, int wanted, PriorityClass priority)
    {
        Assert.NotEmpty(reason);
        FleetSnapshot fleet = FleetOf(Pool("local", 8)).WithService("low", 1, PriorityClass.Low).WithService("urgent", wanted, priority)
            .Place(Ask("urgent", 4, "first"), Low);
        PlacementDecision decision = PlacementPlanner.Decide(fleet, [Ask("urgent", 4, "surge")]);
        Assert.Empty(decision.Evictions);
        Assert.Equal(PlacementReasons.Unschedulable, Assert.Single(decision.Index.Waits).Value.Reason);
    }

    [Fact]
    public void Nobody_is_ended_in_vain()
    {
        PlacementDecision decision = PlacementPlanner.Decide(Full.WithService("huge", 1, PriorityClass.Critical), [Ask("huge", 9)]);
        Assert.Empty(decision.Evictions);
    }

    [Fact]
    public void Nobody_is_ended_for_room_that_comes_anyway()
    {
        FleetSnapshot fleet = Full with { Placement = Full.Placement.Leave(Standard.Replica) };
        PlacementDecision decision = PlacementPlanner.Decide(fleet, [Urgent]);
        Assert.Empty(decision.Evictions);
        Assert.Equal(PlacementReasons.Preempting, decision.Index.Waits[Urgent.Replica].Reason);
    }

    [Fact]
    public void Who_would_make_room_is_left_alone_once_the_other_is_gone()
    {
        FleetSnapshot fleet = Full.Place(Urgent);
        Assert.Single(fleet.Placement.Evictions);
        Assert.Empty(fleet.Without(Urgent).Placement.Evictions);
        Assert.Equal(0, fleet.Without(Urgent).Placement.Find(new DeviceKey("local", "gpu-0"))!.Promised);
    }

    [Fact]
    public void The_device_where_the_fewest_of_the_lowest_class_go_is_taken()
    {
        FleetSnapshot fleet = FleetOf(Pool("local", 4, 4, 4))
            .WithService("low", 9, PriorityClass.Low).WithService("standard", 9).WithService("urgent", 1, PriorityClass.Critical);
        PlacementIndex index = fleet.Placement
            .Seat(Ask("standard", 4, "0"), new DeviceKey("local", "gpu-0"))
            .Seat(Ask("low", 2, "1"), new DeviceKey("local", "gpu-1")).Seat(Ask("low", 2, "2"), new DeviceKey("local", "gpu-1"))
            .Seat(Ask("low", 4, "3"), new DeviceKey("local", "gpu-2"));
        PlacementDecision decision = PlacementPlanner.Decide(fleet with { Placement = index }, [Urgent]);
        Assert.Equal("low-3", Assert.Single(decision.Evictions).Victim.Name);
    }
}
