using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>
/// A fleet rollout over the whole control plane while everything between its parts fails by seed and the operator dies: each service is
/// ordered once, in its wave, never too many at once, and the end is the same. TRIREME_SEED replays a failure.
/// </summary>
public sealed class FleetRolloutSimulationTests
{
    private const int Schedules = 12;
    private const int MaxMoving = 2;

    private static readonly TimeSpan Longest = TimeSpan.FromHours(3);

    private static readonly string[] Names = ["f0", "f1", "f2", "f3", "f4"];

    [Fact]
    public void Every_service_moves_once_and_in_its_wave_whatever_goes_wrong() => Seeds.Run(1, Schedules, static seed =>
    {
        using var world = new SimulatedWorld(seed, faultRate: 0.08);
        var orders = new WaveOrders(world, "good-1");
        Begin(world, "good-1");
        Disturb(world, seed);
        Until(world, FleetRolloutPhase.Completed);
        Assert.All(Names, name => Assert.Equal(("good-1", 1), (world.Find(name)!.Status!.StableRelease!.Name, orders.CountOf(name))));
        world.Invariants.ThrowBreach();
        orders.ThrowBreach();
    });

    [Theory]
    [InlineData("broken-0")]
    [InlineData("worse-0")]
    public void The_first_failed_gate_stops_it_whatever_goes_wrong(string release) => Seeds.Run(1, Schedules / 2, seed =>
    {
        using var world = new SimulatedWorld(seed, faultRate: 0.08);
        var orders = new WaveOrders(world, release);
        Begin(world, release);
        Disturb(world, seed);
        Until(world, FleetRolloutPhase.Stopped);
        world.Driver.AdvanceBy(TimeSpan.FromMinutes(10));
        Assert.Equal((1, 0), (orders.CountOf("f0"), Names.Skip(1).Sum(orders.CountOf)));
        Assert.All(Names, name => Assert.Equal("good-0", world.Find(name)!.Status!.StableRelease!.Name));

        // Going on without it meets the same gate one service later, and undo leaves every spec as it was.
        Edit(world, static spec => spec with { Undo = true });
        Until(world, FleetRolloutPhase.Undone);
        Assert.All(Names, name => Assert.Equal("good-0", world.Find(name)!.Spec.Release));
        orders.ThrowBreach();
    });

    [Fact]
    public void Deleted_on_the_way_it_begins_nothing_more_and_what_moves_ends_well() => Seeds.Run(1, Schedules / 2, static seed =>
    {
        using var world = new SimulatedWorld(seed, faultRate: 0.08);
        var orders = new WaveOrders(world, "good-1");
        Begin(world, "good-1");
        world.Driver.RunUntil("the first is ordered", () => orders.CountOf("f0") == 1, Longest);
        world.Delete<FleetRollout>(new ResourceKey("default", "fleet"));
        Disturb(world, seed);

        // A watch that stalls is noticed after minutes; nothing is ordered for one that the API server does not know.
        world.Driver.AdvanceBy(TimeSpan.FromMinutes(30));
        Assert.Equal((1, 0), (orders.CountOf("f0"), Names.Skip(1).Sum(orders.CountOf)));
        Assert.Equal("good-1", world.Find("f0")!.Status!.StableRelease!.Name);
    });

    private static void Begin(SimulatedWorld world, string release)
    {
        foreach (string name in Names)
        {
            ModelService service = SimulatedWorld.Service(name, "good-0", 1);
            world.Create(service with
            {
                Metadata = service.Metadata with { Labels = new Dictionary<string, string> { ["tier"] = "chat" } },
            });
        }

        world.StartOperator();
        world.Driver.RunUntil(
            "all serve", () => Names.All(name => world.Find(name)!.Status?.StableRelease?.Name == "good-0"), Longest);
        world.Create(new FleetRollout
        {
            Metadata = SimulatedWorld.Named("fleet"),
            Spec = new FleetRolloutSpec
            {
                Selector = new LabelSelector { MatchLabels = new Dictionary<string, string> { ["tier"] = "chat" } },
                Release = release,
                Waves = [new FleetWave { Percent = 1, Pause = Duration.FromSeconds(20) }],
                MaxMoving = MaxMoving,
            },
        });
    }

    private static void Disturb(SimulatedWorld world, int seed)
    {
#pragma warning disable CA5394 // Reproducible by intent.
        var deeds = new Random(seed);
        for (int i = 0; i < 6; i++)
        {
            world.Driver.AdvanceBy(TimeSpan.FromMilliseconds(deeds.Next(20_000)));
            if (deeds.Next(3) > 0) continue;
            world.KillOperator();
            world.Driver.AdvanceBy(TimeSpan.FromSeconds(deeds.Next(10)));
            world.StartOperator();
        }
#pragma warning restore CA5394

        world.Plan.CalmAt = world.Driver.Time.GetUtcNow();
    }

    private static void Until(SimulatedWorld world, FleetRolloutPhase phase)
    {
        try
        {
            world.Driver.RunUntil($"the fleet rollout is {phase}", () => Find(world)?.Status?.Phase == phase, Longest);
        }
        catch (TimeoutException exception)
        {
            string said = (Find(world)?.Status?.Conditions).Find(FleetRolloutConditions.Complete)?.Message ?? "nothing";
            throw new TimeoutException($"{exception.Message} It says: {said}\n{world.Plan}", exception);
        }
    }

    private static FleetRollout? Find(SimulatedWorld world) => world.Api.Find<FleetRollout>(new ResourceKey("default", "fleet"));

    private static void Edit(SimulatedWorld world, Func<FleetRolloutSpec, FleetRolloutSpec> edit) => world.Driver.Await(() =>
        world.Api.Of<FleetRollout>().ReplaceAsync(Find(world)! with { Spec = edit(Find(world)!.Spec) }));

    /// <summary>Counts what is ordered, at every write, and keeps what must not be.</summary>
    private sealed class WaveOrders
    {
        private readonly SimulatedWorld _world;
        private readonly string _release;
        private readonly Dictionary<string, int> _counts = [];
        private string? _breach;

        public WaveOrders(SimulatedWorld world, string release)
        {
            _world = world;
            _release = release;
            world.Api.Changed += Check;
        }

        public int CountOf(string service) => _counts.GetValueOrDefault(service);

        public void ThrowBreach()
        {
            if (_breach is not null) throw new InvalidOperationException(_breach);
        }

        private void Check(IResource? before, IResource? after)
        {
            if (before is not ModelService then || after is not ModelService now || then.Spec.Release == now.Spec.Release) return;
            if (now.Spec.Release != _release) return;
            string name = now.Metadata.Name;
            _counts[name] = CountOf(name) + 1;
            if (CountOf(name) > 1) Breach($"{name} is ordered again");
            int moving = _world.Api.All<ModelService>().Count(service => service.Spec.Release == _release && !IsThere(service));
            if (moving > MaxMoving) Breach($"{moving} services move at once");
            if (name != Names[0] && !IsThere(_world.Find(Names[0])!)) Breach($"{name} is ordered before the first wave has ended");
        }

        private bool IsThere(ModelService service) => service.Status?.StableRelease?.Name == _release
            && service.Status.ObservedGeneration == service.Metadata.Generation;

        private void Breach(string what) => _breach ??= string.Create(
            CultureInfo.InvariantCulture, $"at {_world.Driver.Now:HH:mm:ss.fff} {what}");
    }
}
