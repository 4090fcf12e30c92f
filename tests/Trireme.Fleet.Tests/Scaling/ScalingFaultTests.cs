using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Scaling;
using Trireme.Testing;

namespace Trireme.Fleet.Tests.Scaling;

/// <summary>Properties that hold for every load and whatever becomes of the signals, over seeds.</summary>
public sealed class ScalingFaultTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static ScalingSpec Spec(int min) => new()
    {
        MinReplicas = min,
        MaxReplicas = 30,
        Slo = new SloSpec { Ttft = Duration.FromSeconds(1.5) },
        IdleTimeout = Duration.FromSeconds(60),
    };

    [Fact]
    public void A_steady_load_with_chance_in_its_arrivals_does_not_flap() => Seeds.Run(1, 8, static seed =>
    {
#pragma warning disable CA5394 // Reproducible by intent.
        var random = new Random(seed);
        var bench = new ScalingBench(Spec(min: 1)) { Chance = random, StartTime = TimeSpan.FromSeconds(random.Next(5, 120)) };
        double rate = random.Next(5, 100);
#pragma warning restore CA5394
        bench.Run(60 * Minute, rate);
        int from = bench.Decided.Count;
        bench.Run(60 * Minute, rate);
        int changes = ScalingPlannerTests.Steps(bench.Decided.Skip(from)).Count(static step => step.Then != step.Now);
        Assert.InRange(changes, 0, 9);
        Assert.InRange(bench.Desired, Math.Ceiling(rate / 8) - 1, Math.Ceiling(rate / 8 * 2) + 1);
    });

    [Fact]
    public void Steps_are_bounded_and_within_the_bounds_whatever_the_load_and_the_signals_do() => Seeds.Run(1, 15, static seed =>
    {
#pragma warning disable CA5394 // Reproducible by intent.
        var random = new Random(seed);
        var bench = new ScalingBench(Spec(min: random.Next(0, 3))) { Chance = random };
        var faults = new SignalFaults(random);
        for (int i = 0; i < 20; i++)
        {
            double rate = random.Next(4) == 0 ? 0 : Math.Exp(random.NextDouble() * 6);
            bench.Run(TimeSpan.FromSeconds(random.Next(10, 300)), rate, faults.Change);
            if (random.Next(5) == 0) bench.Restart();
            if (random.Next(5) == 0) bench.Wall -= TimeSpan.FromMinutes(random.Next(-600, 600));
        }
#pragma warning restore CA5394

        foreach ((int then, int now) in ScalingPlannerTests.Steps(bench.Decided))
        {
            Assert.InRange(now, bench.Scaling.MinReplicas, bench.Scaling.MaxReplicas);
            Assert.True(now - then <= Math.Max(ScalingPlanner.StepUpMin, then), $"up from {then} to {now}");
            Assert.True(then - now <= Math.Max(1, then / 10) || now == 0, $"down from {then} to {now}");
        }
    });

    [Fact]
    public void Who_sleeps_is_woken_although_signals_are_lost_doubled_and_late() => Seeds.Run(1, 20, static seed =>
    {
#pragma warning disable CA5394 // Reproducible by intent.
        var random = new Random(seed);
        var bench = new ScalingBench(Spec(min: 0));
        bench.Run(5 * Minute, rate: 2);
        bench.Run(5 * Minute, rate: 0);
        Assert.Equal(0, bench.Desired);
        if (random.Next(2) == 0) bench.Restart();
#pragma warning restore CA5394
        bench.Run(Minute, rate: 1, new SignalFaults(random).Change);
        Assert.NotEqual(0, bench.Desired);
        Assert.NotEqual(0, bench.Ready);
    });

    [Fact]
    public void Doubled_and_late_readings_change_no_decision() => Seeds.Run(1, 10, static seed =>
    {
        List<(TimeSpan, int)> clean = Run(static load => [load]);
        ServiceLoad? before = null;
        List<(TimeSpan, int)> disturbed = Run(load =>
        {
            ServiceLoad[] told = before is null ? [load, load] : [load, before, load, before];
            before = load;
            return told;
        });
        Assert.Equal(clean, disturbed);

        List<(TimeSpan, int)> Run(Func<ServiceLoad, IReadOnlyList<ServiceLoad>> told)
        {
#pragma warning disable CA5394 // Reproducible by intent.
            var bench = new ScalingBench(Spec(min: 0)) { Chance = new Random(seed) };
#pragma warning restore CA5394
            bench.Run(20 * Minute, at => at.TotalMinutes % 7 < 4 ? 30 : 2, load =>
            {
                IReadOnlyList<ServiceLoad> readings = told(load);
                foreach (ServiceLoad reading in readings.Skip(1)) bench.Remember(readings[0], reading);
                return readings[0];
            });
            return bench.Decided;
        }
    });

    [Fact]
    public void A_clock_that_is_set_changes_no_decision()
    {
        Assert.Equal(Run(TimeSpan.Zero), Run(TimeSpan.FromHours(-5)));

        static List<(TimeSpan, int)> Run(TimeSpan set)
        {
            var bench = new ScalingBench(Spec(min: 0));
            for (int i = 0; i < 6; i++)
            {
                bench.Run(4 * Minute, rate: i % 2 == 0 ? 30 : 0);
                bench.Wall += set;
            }

            return bench.Decided;
        }
    }

    [Fact]
    public void A_router_that_starts_again_counts_from_zero_and_nothing_is_made_of_that()
    {
        var bench = new ScalingBench(Spec(min: 1));
        bench.Run(10 * Minute, rate: 20);
        int before = bench.Desired;
        ServiceLoad last = bench.Reading();
        bench.Run(10 * Minute, rate: 20, load => load with
        {
            Source = "another", Arrived = load.Arrived - last.Arrived, Work = load.Work - last.Work, Cells = [],
        });
        Assert.InRange(bench.Desired, before - 1, before);
        Assert.InRange(bench.Memory!.Plan.History.Rate, 18, 22);
    }

    /// <summary>Loses readings, and hands out earlier ones in their place or after them.</summary>
    private sealed class SignalFaults(Random random)
    {
        private readonly List<ServiceLoad> _earlier = [];

        public ServiceLoad? Change(ServiceLoad load)
        {
            _earlier.Add(load);
            if (_earlier.Count > 20) _earlier.RemoveAt(0);
#pragma warning disable CA5394 // Reproducible by intent.
            return random.Next(4) switch
            {
                0 => null,
                1 => _earlier[random.Next(_earlier.Count)],
                _ => load,
            };
#pragma warning restore CA5394
        }
    }
}
