using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Scaling;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>
/// Services whose load rises, falls and stops, while releases change, the operator is killed, the clock is set and everything between the
/// parts fails by seed. The invariants of the fleet hold with the decided number in the place of the one of the spec.
/// </summary>
public sealed class ScalingSimulationTests
{
    private static readonly TimeSpan RecoveryMax = TimeSpan.FromMinutes(40);

    [Fact]
    public void The_fleet_follows_the_load_and_sleeps_and_wakes_whatever_went_wrong_on_the_way() => Seeds.Run(1, 30, static seed =>
    {
        using var world = new SimulatedWorld(seed, faultRate: 0.08);
        try
        {
            Run(world, seed);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{exception.Message}\n{world.Plan}", exception);
        }
    });

    private static void Run(SimulatedWorld world, int seed)
    {
#pragma warning disable CA5394 // Reproducible by intent.
        var deeds = new Random(seed);
        world.StartOperator();
        world.Create(Scaled("s0", deeds.Next(0, 2)));
        var goal = new FleetGoal(world);
        for (int i = 0; i < 8; i++)
        {
            world.Loads.Set("s0", deeds.Next(3) == 0 ? 0 : deeds.Next(1, 40));
            if (deeds.Next(4) == 0)
            {
                string release = SimulatedWorld.Releases[deeds.Next(3)];
                world.Change("s0", current => current with { Spec = current.Spec with { Release = release } });
            }

            world.Driver.AdvanceBy(TimeSpan.FromSeconds(deeds.Next(5, 180)));
            if (deeds.Next(4) == 0) world.Driver.SetWallClock(TimeSpan.FromMinutes(deeds.Next(-120, 120)));
            if (deeds.Next(4) == 0)
            {
                world.KillOperator();
                world.Driver.AdvanceBy(TimeSpan.FromSeconds(deeds.Next(10)));
                world.StartOperator();
            }

            world.Invariants.ThrowBreach();
            AssertWithinBounds(world);
        }
#pragma warning restore CA5394

        world.Plan.CalmAt = world.Driver.Time.GetUtcNow();
        world.StartOperator();

        // By what was measured a replica answers four a second, so 24 need six, and some for what may come.
        world.Loads.Set("s0", 24);
        world.Driver.RunUntil("the fleet carries the load", () => Decided(world) >= 6 && goal.Missing() is null, RecoveryMax);
        world.Loads.Set("s0", 0);
        int least = world.Find("s0")!.Spec.Scaling!.MinReplicas;
        world.Driver.RunUntil("nobody asks and the least is left", () => Decided(world) == least && goal.Missing() is null, RecoveryMax);
        world.Invariants.ThrowBreach();
        world.Loads.Set("s0", 1);
        world.Driver.RunUntil("a request wakes it", () => world.Find("s0")!.Status!.ReadyReplicas > 0, TimeSpan.FromMinutes(2));
    }

    private static int Decided(SimulatedWorld world) => DecidedReplicas.Of(world.Find("s0")!);

    private static void AssertWithinBounds(SimulatedWorld world)
    {
        ModelService service = world.Find("s0")!;
        ScalingSpec scaling = service.Spec.Scaling!;
        if (service.Status?.Scaling is { } status) Assert.InRange(status.Desired, scaling.MinReplicas, scaling.MaxReplicas);
    }

    private static ModelService Scaled(string name, int min)
    {
        ModelService service = SimulatedWorld.Service(name, "good-0", replicas: 1);
        return service with
        {
            Spec = service.Spec with
            {
                Scaling = new ScalingSpec
                {
                    MinReplicas = min,
                    MaxReplicas = 12,
                    IdleTimeout = Duration.FromSeconds(60),
                    ScaleDownStabilization = Duration.FromSeconds(30),
                },
            },
        };
    }
}
