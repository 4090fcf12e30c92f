using Trireme.Contracts.Resources;
using Trireme.Fleet.Placement;
using Trireme.Testing;
using static Trireme.Fleet.Tests.Placement.PlacementWorld;

namespace Trireme.Fleet.Tests.Placement;

/// <summary>Whatever happens in whatever order, the index says what adding everything up anew would say.</summary>
public sealed class PlacementIndexTests
{
    [Fact]
    public void The_index_is_what_counting_anew_comes_to() => Seeds.Run(1, 300, static seed =>
    {
#pragma warning disable CA5394 // Reproducible by intent.
        var random = new Random(seed);
        FleetSnapshot fleet = FleetOf(Pool("local", 8, 16, 24));
        for (int i = 0; i < 6; i++) fleet = fleet.WithService("s" + i, random.Next(1, 4), (PriorityClass)random.Next(4));
        for (int step = 0; step < 120; step++)
        {
            PlacementRequest asked = Ask("s" + random.Next(6), random.Next(1, 8), "r" + random.Next(25));
            ReplicaKey[] seated = [.. fleet.Placement.Seats.Keys.Order()];
            PlacementIndex index = fleet.Placement;
            fleet = random.Next(10) switch
            {
                < 5 when !index.Seats.ContainsKey(asked.Replica) && !index.Waits.ContainsKey(asked.Replica) => fleet.Place(asked),
                < 7 when seated.Length > 0 => fleet with { Placement = index.Without(seated[random.Next(seated.Length)]) },
                7 when seated.Length > 0 => fleet with { Placement = index.Leave(seated[random.Next(seated.Length)]) },
                8 => fleet with { Placement = index.With(Pool("local", random.Next(2, 12), random.Next(2, 30), 24)) },
                9 when !index.Waits.IsEmpty => fleet with { Placement = index.Without(index.Waits.Keys.First()) },
                _ => fleet.Place(),
            };
            Check(fleet.Placement);
        }
#pragma warning restore CA5394
    });

    private static void Check(PlacementIndex index)
    {
        foreach (DeviceLoad device in index.DevicesOf("local"))
        {
            ReplicaSeat[] seats = [.. index.Seats.Values.Where(seat => seat.Device == device.Key)];
            Assert.Equal(seats.Select(static seat => seat.Request.Replica).Order(), device.Replicas.Order());
            Assert.Equal(seats.Sum(static seat => seat.Request.MemoryBytes), device.Used);
            IEnumerable<ReplicaWait> promised = index.Waits.Values.Where(wait => wait.Promised == device.Key);
            Assert.Equal(promised.Sum(static wait => wait.Request.MemoryBytes), device.Promised);
        }

        Assert.Empty(index.Seats.Keys.Intersect(index.Waits.Keys));
        Assert.All(index.Evictions.Values, eviction =>
        {
            Assert.True(index.Seats.ContainsKey(eviction.Victim));
            Assert.True(index.Waits.ContainsKey(eviction.For));
        });
        long largest = index.DevicesOf("local").Where(static device => device.IsListed).Max(static device => device.Unpromised);
        Assert.Equal(Math.Max(0, largest), index.LargestFree("local"));
        foreach (IGrouping<ServiceKey, ReplicaSeat> service in index.Seats.Values.GroupBy(static seat => seat.Request.Service))
        {
            Assert.Equal(service.Count(static seat => !seat.Leaving), index.SeatsOf(service.Key));
        }

        var sizes = index.Seats.Values.Select(static seat => seat.Request).Concat(index.Waits.Values.Select(static wait => wait.Request))
            .GroupBy(static request => request.MemoryBytes).ToDictionary(static of => of.Key, static of => of.Count());
        Assert.Equal(sizes.OrderBy(static pair => pair.Key), index.Sizes);
    }
}
