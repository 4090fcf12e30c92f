using Trireme.Contracts.Resources;
using Trireme.Fleet.Placement;
using static Trireme.Fleet.Tests.Placement.PlacementWorld;

namespace Trireme.Fleet.Tests.Placement;

public sealed class PlacementPlannerTests
{
    [Fact]
    public void Several_replicas_share_a_device_as_far_as_its_memory_goes()
    {
        PlacementRequest[] asked = [Ask("one", 3), Ask("two", 3), Ask("three", 3)];
        FleetSnapshot fleet = FleetOf(Pool("local", 8)).Place(asked);
        Assert.Equal(["local/gpu-0", "-", "local/gpu-0"], asked.Select(fleet.DeviceOf));
        ReplicaWait wait = fleet.WaitOf(asked[1]);
        Assert.Equal(PlacementReasons.Unschedulable, wait.Reason);
        Assert.Equal(
            "It needs 3.00 GiB (spec.resources.memory 2.75 GiB and 256.0 MiB for the runtime); pool local has 2.00 GiB of 8.00 GiB free. "
            + "It starts by itself once there is room: lower spec.resources.memory, or stop or shrink what "
            + "\"trireme get acceleratorpool local -o yaml\" lists.",
            wait.Message);
    }

    [Fact]
    public void A_replica_larger_than_any_device_is_told_so_with_the_figures()
    {
        PlacementRequest huge = Ask("huge", 100.25);
        FleetSnapshot fleet = FleetOf(Pool("local", 23)).Place(huge);
        Assert.Equal(
            "It needs 100.25 GiB (spec.resources.memory 100.00 GiB and 256.0 MiB for the runtime); no pool it may use has more than "
            + "23.00 GiB. Lower spec.resources.memory, or add a pool with more.",
            fleet.WaitOf(huge).Message);
    }

    [Fact]
    public void What_waits_is_placed_once_there_is_room_and_not_looked_at_before()
    {
        PlacementRequest first = Ask("first", 6), second = Ask("second", 6);
        FleetSnapshot fleet = FleetOf(Pool("local", 8)).Place(first).Place(second);
        Assert.Equal("-", fleet.DeviceOf(second));
        PlacementDecision idle = PlacementPlanner.Decide(fleet, []);
        Assert.Same(fleet.Placement, idle.Index);

        fleet = fleet.Without(first);
        PlacementDecision decision = PlacementPlanner.Decide(fleet, []);
        Assert.Equal([second.Replica], decision.Changed);
        Assert.Equal("local/gpu-0", (fleet with { Placement = decision.Index }).DeviceOf(second));
    }

    [Fact]
    public void A_draining_replica_keeps_its_memory_until_it_is_gone()
    {
        PlacementRequest first = Ask("first", 6), second = Ask("second", 6);
        FleetSnapshot fleet = FleetOf(Pool("local", 8)).Place(first);
        fleet = fleet with { Placement = fleet.Placement.Leave(first.Replica) };
        Assert.Equal("-", fleet.Place(second).DeviceOf(second));
        Assert.Equal(0, fleet.Placement.SeatsOf(first.Service));
    }

    [Fact]
    public void A_pool_whose_size_is_not_known_refuses_nobody()
    {
        PlacementRequest huge = Ask("huge", 4000);
        Assert.Equal("local/machine", FleetOf(Unmeasured).Place(huge).DeviceOf(huge));
    }

    [Theory]
    [InlineData("pool that shrinks")]
    [InlineData("pool that goes")]
    [InlineData("size that is not known any more")]
    public void Nobody_loses_a_place_to_a(string change)
    {
        PlacementRequest first = Ask("first", 6), second = Ask("second", 1);
        FleetSnapshot fleet = FleetOf(Pool("local", 8)).Place(first);
        PlacementIndex index = change switch
        {
            "pool that shrinks" => fleet.Placement.With(Pool("local", 2)),
            "pool that goes" => fleet.Placement.Without("local"),
            _ => fleet.Placement.With(Unmeasured),
        };
        fleet = (fleet with { Placement = index }).Place(second);
        Assert.Equal("local/gpu-0", fleet.DeviceOf(first));
        Assert.Equal(change == "size that is not known any more" ? "local/machine" : "-", fleet.DeviceOf(second));
    }

    [Fact]
    public void The_cheapest_pool_that_may_be_used_comes_first()
    {
        PlacementPool dear = Pool("dear", 80) with { PricePerHour = 4, TrustLevel = TrustLevel.High };
        PlacementPool cheap = Pool("cheap", 8) with
        {
            PricePerHour = 1, TrustLevel = TrustLevel.Low, Labels = new Dictionary<string, string> { ["zone"] = "a" },
        };
        FleetSnapshot fleet = FleetOf(dear, cheap);
        string Chosen(double size, PlacementSpec wanted)
        {
            PlacementRequest asked = Ask("one", size, wanted: wanted);
            return fleet.Place(asked).DeviceOf(asked);
        }

        Assert.Equal("cheap/gpu-0", Chosen(2, new PlacementSpec()));
        Assert.Equal("dear/gpu-0", Chosen(20, new PlacementSpec()));
        Assert.Equal("dear/gpu-0", Chosen(2, new PlacementSpec { MinTrustLevel = TrustLevel.Medium }));
        Assert.Equal("dear/gpu-0", Chosen(2, new PlacementSpec { Pool = "dear" }));
        Assert.Equal("cheap/gpu-0", Chosen(2, new PlacementSpec { PoolSelector = new Dictionary<string, string> { ["zone"] = "a" } }));
        Assert.Equal("-", Chosen(2, new PlacementSpec { PoolSelector = new Dictionary<string, string> { ["zone"] = "b" } }));
    }

    [Theory]
    [InlineData("typo", "There is no AcceleratorPool \"locla\"; correct spec.placement.pool or create it. Did you mean \"local\"?")]
    [InlineData("trust", "No AcceleratorPool may take it: local has trust level Medium and High is asked for. "
        + "Change spec.placement or the pool.")]
    [InlineData("remote", "Replicas run as processes of this machine, which is the pool local; nothing starts them on far yet.")]
    public void Why_no_pool_will_do_is_said(string what, string message)
    {
        var far = PlacementPool.Of(
            new AcceleratorPool
            {
                Metadata = new ObjectMeta { Name = "far" },
                Spec = new AcceleratorPoolSpec { Devices = [new PoolDevice { Name = "h100", Memory = new(80 * GiB) }] },
            },
            machine: null);
        PlacementSpec wanted = what switch
        {
            "typo" => new PlacementSpec { Pool = "locla" },
            "trust" => new PlacementSpec { MinTrustLevel = TrustLevel.High },
            _ => new PlacementSpec { Pool = "far" },
        };
        PlacementRequest asked = Ask("one", 1, wanted: wanted);
        FleetSnapshot fleet = what == "remote" ? FleetOf(Pool("local", 8), far) : FleetOf(Pool("local", 8));
        Assert.Equal(message, fleet.Place(asked).WaitOf(asked).Message);
    }

    [Fact]
    public void Higher_classes_then_services_without_any_replica_then_the_largest_come_first()
    {
        FleetSnapshot fleet = FleetOf(Pool("local", 8))
            .WithService("low", 1, PriorityClass.Low).WithService("high", 1, PriorityClass.High)
            .WithService("served", 2).WithService("silent", 1).WithService("silent-large", 1);
        fleet = fleet.Place(Ask("served", 1, "first"));
        PlacementRequest[] asked = [Ask("low", 2), Ask("served", 3, "more"), Ask("silent", 2), Ask("silent-large", 3), Ask("high", 2)];
        FleetSnapshot placed = fleet.Place(asked);
        Assert.Equal(["-", "-", "local/gpu-0", "local/gpu-0", "local/gpu-0"], asked.Select(placed.DeviceOf));
    }

    [Fact]
    public void A_place_is_taken_where_what_is_left_can_still_be_used()
    {
        // Replicas of 3 and of 2: the fuller device would be left with 1, which neither can use, the other with 2.
        PlacementIndex index = FleetOf(Pool("local", 4, 5)).Placement
            .Seat(Ask("a", 3, "1"), new DeviceKey("elsewhere", "x")).Seat(Ask("b", 2, "1"), new DeviceKey("elsewhere", "x"));
        PlacementRequest asked = Ask("a", 3, "2");
        Assert.Equal("local/gpu-1", (FleetSnapshot.Empty with { Placement = index }).Place(asked).DeviceOf(asked));
    }

    [Fact]
    public void The_same_fleet_gives_the_same_places()
    {
        PlacementRequest[] asked = [.. Enumerable.Range(0, 40).Select(i => Ask("s" + (i % 7), 1 + (i % 5), "r" + i))];
        FleetSnapshot one = FleetOf(Pool("local", 16, 16, 24)).Place(asked);
        FleetSnapshot two = FleetOf(Pool("local", 16, 16, 24)).Place([.. asked.Reverse()]);
        Assert.Equal(asked.Select(one.DeviceOf), asked.Select(two.DeviceOf));
    }
}
