using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts.Waves;

namespace Trireme.Fleet.Tests.Rollouts.Waves;

/// <summary>Crashes, caches that are behind, and releases that are made on the way.</summary>
public sealed class WaveRecoveryTests
{
    private static readonly FleetRolloutSpec AllAtOnce = new() { Selector = WaveWorld.Chat, Release = "v2", Waves = [], MaxMoving = 2 };

    private static readonly FleetRolloutSpec NewBase = new()
    {
        Selector = WaveWorld.Chat,
        Base = new FleetBase { Source = new ModelSource { Path = "models/next" }, Suffix = "next" },
        Waves = [],
    };

    [Fact]
    public void An_order_whose_record_was_lost_is_not_given_again()
    {
        WaveWorld world = WaveWorld.Of(4, AllAtOnce);
        world.Decide(isCarriedOut: false);
        FleetRolloutStatus before = world.Status;
        world.Decide();
        Assert.Equal(2, world.Orders.Count);
        world.Forget(before);
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2"], world.Orders);
        world.Forget(null);
        world.Serve("s0", "s1");
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2", "s2>v2", "s3>v2"], world.Orders);
    }

    [Fact]
    public void An_owner_who_went_back_before_the_order_was_recorded_is_not_overruled()
    {
        WaveWorld world = WaveWorld.Of(2, AllAtOnce);
        world.Decide(isCarriedOut: false);
        FleetRolloutStatus before = world.Status;
        world.Decide();
        world.Name("s0", "v1");
        world.Forget(before);
        world.Run();
        Assert.Equal(["s0>v2", "s1>v2"], world.Orders);
        Assert.Equal(FleetMemberOutcome.TakenBack, world.Status.Services[0].Outcome);
    }

    [Fact]
    public void A_cache_that_is_behind_takes_nobody_for_taken_back()
    {
        WaveWorld world = WaveWorld.Of(1, AllAtOnce);
        ModelService before = world.Find("s0");
        world.Run();
        FleetRolloutMember known = Assert.Single(world.Status.Services);
        Assert.Equal(FleetMemberOutcome.Moving, known.Outcome);
        var behind = new WaveSnapshot
        {
            Now = RolloutWorld.Now,
            Elapsed = TimeSpan.Zero,
            Rollout = world.Rollout,
            Services = new Dictionary<string, ModelService> { ["s0"] = before },
            Releases = world.Releases,
        };
        WaveDecision decision = WavePlanner.Decide(behind);
        Assert.Equal((FleetMemberOutcome.Moving, 0), (decision.Status.Services[0].Outcome, decision.Orders.Count));
    }

    [Fact]
    public void The_clock_is_recorded_with_every_change_and_every_half_minute()
    {
        WaveWorld world = WaveWorld.Of(1, AllAtOnce);
        world.Run();
        world.Elapsed = TimeSpan.FromSeconds(29);
        world.Run();
        Assert.Equal(Duration.Zero, world.Status.Elapsed);
        world.Elapsed = TimeSpan.FromSeconds(30);
        world.Run();
        Assert.Equal(Duration.FromSeconds(30), world.Status.Elapsed);
        world.Elapsed = TimeSpan.FromSeconds(31);
        world.Serve("s0");
        world.Run();
        Assert.Equal(Duration.FromSeconds(31), world.Status.Elapsed);
    }

    [Fact]
    public void A_new_base_makes_one_copy_of_each_release_and_waits_until_it_is_usable()
    {
        WaveWorld world = WaveWorld.Of(2, NewBase);
        world.Add("other", release: "v3");
        world.Run();
        Assert.Equal(["v3-next", "v1-next"], world.Made);
        Assert.Empty(world.Orders);
        Release made = world.Releases["v1-next"];
        Assert.Equal(("models/next", "v1 on models/next"), (made.Spec.Source.Path, made.Spec.Description));
        world.Verify("v1-next");
        world.Run();
        Assert.Equal(["s0>v1-next", "s1>v1-next"], world.Orders);
        Assert.Contains("Release v3-next is not usable yet: it is being verified.", world.Complete.Message, StringComparison.Ordinal);
        world.Verify("v3-next");
        world.Run();
        Assert.Equal("other>v3-next", world.Orders[^1]);
    }

    [Fact]
    public void A_release_of_that_name_that_is_another_one_is_left_alone()
    {
        WaveWorld world = WaveWorld.Of(1, NewBase);
        world.AddRelease("v1-next", "models/something");
        world.Run();
        Assert.Empty(world.Made);
        Assert.Empty(world.Orders);
        Assert.Contains("Release v1-next is there already and is another one", world.Complete.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_owners_do_each_service_is_ordered_once_and_nobody_is_overruled()
    {
#pragma warning disable CA5394 // Reproducible by intent.
        for (int seed = 0; seed < 300; seed++)
        {
            var chance = new Random(seed);
            WaveWorld world = WaveWorld.Of(chance.Next(1, 9), AllAtOnce with { Waves = [new FleetWave { Percent = 30 }] });
            var owned = new HashSet<string>();
            for (int step = 0; step < 60; step++)
            {
                string name = $"s{chance.Next(8)}";
                bool isThere = world.Rollout.Status?.Services.Any(member => member.Name == name) == true;
                Disturb(world, chance.Next(12), isThere ? name : null, owned);
                FleetRolloutStatus? earlier = world.Rollout.Status;
                bool crashes = chance.Next(6) == 0;
                WaveDecision decision = world.Decide(isCarriedOut: true);
                Assert.All(decision.Orders, order => Assert.DoesNotContain(order.Service.Metadata.Name, owned));
                if (crashes) world.Forget(earlier);
                world.Elapsed += TimeSpan.FromSeconds(chance.Next(200));
                int moving = decision.Status.Services.Count(static member => member.Outcome == FleetMemberOutcome.Moving);
                Assert.True(moving <= 2, $"seed {seed}: {moving} move at once");
            }

            Assert.True(world.Orders.Distinct().Count() == world.Orders.Count, $"seed {seed}: {string.Join(' ', world.Orders)}");
        }
#pragma warning restore CA5394
    }

    private static void Disturb(WaveWorld world, int kind, string? name, HashSet<string> owned)
    {
        if (name is null) return;
        switch (kind)
        {
            case < 6:
                world.Serve(name);
                break;
            case 6:
                world.Name(name, "v3");
                owned.Add(name);
                break;
            case 7:
                world.RollBack(name);
                break;
            default:
                break;
        }
    }
}
