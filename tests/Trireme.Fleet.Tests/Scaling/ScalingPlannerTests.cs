using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Tests.Scaling;

public sealed class ScalingPlannerTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static ScalingSpec Spec(int min = 1, int max = 20) => new()
    {
        MinReplicas = min,
        MaxReplicas = max,
        Slo = new SloSpec { Ttft = Duration.FromSeconds(1.5) },
        IdleTimeout = Duration.FromSeconds(60),
        ScaleDownStabilization = Duration.FromSeconds(60),
    };

    [Fact]
    public void More_load_brings_as_many_replicas_as_carry_it_within_the_SLO()
    {
        var bench = new ScalingBench(Spec());
        bench.Run(10 * Minute, rate: 40);

        // Forty a second, a second each, eight at a time: five, and some headroom.
        Assert.InRange(bench.Desired, 5, 8);
        Assert.Equal(ScalingReasons.FollowsLoad, bench.Last!.Active.Reason);
        Assert.Matches("per second|were needed", bench.Recorded!.Reason);
    }

    [Fact]
    public void Starts_for_a_rising_load_begin_before_it_needs_them()
    {
        var bench = new ScalingBench(Spec()) { StartTime = TimeSpan.FromSeconds(30) };
        bench.Run(10 * Minute, rate: 16);
        TimeSpan began = bench.Now;
        int late = 0;
        for (int i = 0; i < 150; i++)
        {
            double rate = 16 + (0.16 * (bench.Now - began).TotalSeconds);
            bench.Run(ScalingPlanner.Interval, rate);
            if (bench.Ready * 8 < rate) late++;
        }

        // Who begins to start replicas when they are needed is late for half a minute, fifteen looks, at each of six.
        Assert.InRange(late, 0, 15);
    }

    [Fact]
    public void An_overload_that_began_before_anything_was_known_is_left_although_starts_take_three_minutes()
    {
        var bench = new ScalingBench(Spec()) { StartTime = TimeSpan.FromSeconds(180) };
        bench.Run(15 * Minute, rate: 40);
        (long judged, long met) = (bench.Reading().Judged, bench.Reading().Met);
        bench.Run(10 * Minute, rate: 40);
        ServiceLoad after = bench.Reading();
        Assert.Equal(after.Judged - judged, after.Met - met);
        Assert.InRange(bench.Desired, 5, 9);
    }

    [Fact]
    public void Load_beyond_the_maximum_is_said_and_not_followed()
    {
        var bench = new ScalingBench(Spec(max: 2));
        bench.Run(10 * Minute, rate: 40);
        Assert.Equal(2, bench.Desired);
        Assert.Equal((ConditionStatus.True, ScalingReasons.LimitedByMaximum), (bench.Last!.Active.Status, bench.Last.Active.Reason));
    }

    [Fact]
    public void Less_load_takes_replicas_away_only_after_the_stabilisation_time_and_a_few_at_a_time()
    {
        var bench = new ScalingBench(Spec());
        bench.Run(10 * Minute, rate: 40);
        int before = bench.Desired;
        int from = bench.Decided.Count;
        bench.Run(TimeSpan.FromSeconds(56), rate: 4);
        Assert.Equal(before, bench.Desired);
        bench.Run(10 * Minute, rate: 4);
        Assert.InRange(bench.Desired, 1, 2);
        foreach ((int then, int now) in Steps(bench.Decided.Skip(from))) Assert.True(then - now <= 1, $"from {then} to {now}");
    }

    [Fact]
    public void A_pause_in_the_load_shorter_than_the_stabilisation_time_changes_nothing()
    {
        var bench = new ScalingBench(Spec());
        bench.Run(10 * Minute, rate: 40);
        int before = bench.Desired;
        for (int i = 0; i < 5; i++)
        {
            bench.Run(TimeSpan.FromSeconds(30), rate: 0);
            bench.Run(TimeSpan.FromSeconds(60), rate: 40);
        }

        Assert.DoesNotContain(bench.Decided.TakeLast(200), decision => decision.Desired < before);
    }

    [Theory]
    [InlineData(false, ScalingReasons.SignalsStale)]
    [InlineData(true, ScalingReasons.SignalsMissing)]
    public void Without_news_of_the_load_the_number_stays_and_the_condition_says_so(bool restarted, string reason)
    {
        var bench = new ScalingBench(Spec(min: 0));
        bench.Run(10 * Minute, rate: 40);
        int before = bench.Desired;
        if (restarted) bench.Restart();
        bench.Run(60 * Minute, rate: 400, static _ => null);
        Assert.Equal(before, bench.Desired);
        Assert.Equal((ConditionStatus.False, reason), (bench.Last!.Active.Status, bench.Last.Active.Reason));
        Assert.Contains($"stays at {before}", bench.Last.Active.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reading_that_is_repeated_for_ever_is_no_news()
    {
        var bench = new ScalingBench(Spec(min: 0));
        bench.Run(10 * Minute, rate: 40);
        int before = bench.Desired;
        ServiceLoad last = bench.Reading();
        bench.Run(60 * Minute, rate: 0, _ => last);
        Assert.Equal(before, bench.Desired);
        Assert.Equal(ScalingReasons.SignalsStale, bench.Last!.Active.Reason);
    }

    [Fact]
    public void A_service_that_may_sleep_does_so_after_its_idle_time_and_is_seldom_looked_at_until_a_request_is_held()
    {
        var bench = new ScalingBench(Spec(min: 0));
        bench.Run(5 * Minute, rate: 2);
        bench.Run(TimeSpan.FromSeconds(55), rate: 0);
        Assert.NotEqual(0, bench.Desired);
        bench.Run(2 * Minute, rate: 0);
        Assert.Equal(0, bench.Desired);
        Assert.Equal(ScalingReasons.Asleep, bench.Last!.Active.Reason);
        Assert.Equal(ScalingPlanner.SleepInterval, bench.Last.RequeueAfter);

        bench.Run(ScalingPlanner.Interval, rate: 0.5);
        Assert.Equal(1, bench.Desired);
        Assert.Equal(ScalingPlanner.Interval, bench.Last.RequeueAfter);
        Assert.Equal(0, bench.Recorded!.ChangedFrom);
        bench.Run(Minute, rate: 0.5);
        Assert.Equal(1, bench.Ready);
    }

    [Fact]
    public void A_service_is_not_put_to_sleep_for_a_time_that_nobody_tells_of()
    {
        ScalingSpec spec = Spec(min: 0) with { IdleTimeout = Duration.FromSeconds(5) };
        var bench = new ScalingBench(spec);
        bench.Run(5 * Minute, rate: 2);

        // The last that is known: nothing is in flight, and the last request was two seconds ago.
        bench.Run(ScalingPlanner.Interval, rate: 0);
        bench.Run(10 * Minute, rate: 2, static _ => null);
        Assert.DoesNotContain(bench.Decided.TakeLast(300), static decision => decision.Desired == 0);
        bench.Run(TimeSpan.FromSeconds(8), rate: 0);
        Assert.Equal(0, bench.Desired);
    }

    [Fact]
    public void Routers_that_are_silent_are_named()
    {
        var bench = new ScalingBench(Spec());
        bench.Run(5 * Minute, rate: 2);
        for (int i = 0; i < 10; i++)
        {
            bench.Run(ScalingPlanner.Interval, rate: 2, static _ => null);
            bench.Look(new LoadSignal(null, ["gateway-8000"]));
        }

        Assert.Equal(
            $"gateway-8000 has said nothing of the load for more than 15 s; the number of replicas stays at {bench.Desired}.",
            bench.Last!.Active.Message);
    }

    [Fact]
    public void Many_held_requests_wake_as_many_replicas_as_they_need_within_one_step()
    {
        var bench = new ScalingBench(Spec(min: 0));
        bench.Run(5 * Minute, rate: 2);
        bench.Run(3 * Minute, rate: 0);
        Assert.Equal(0, bench.Desired);
        bench.Run(ScalingPlanner.Interval, rate: 200);
        Assert.InRange(bench.Desired, 2, ScalingPlanner.StepUpMin);
    }

    [Fact]
    public void A_service_without_minimum_zero_keeps_one_however_long_nobody_asks()
    {
        var bench = new ScalingBench(Spec(min: 1));
        bench.Run(5 * Minute, rate: 2);
        bench.Run(60 * Minute, rate: 0);
        Assert.Equal(1, bench.Desired);
    }

    [Theory]
    [InlineData(null, false, 0, 1)] // A new service shows that it can serve, even one that may sleep.
    [InlineData(0, true, 0, 0)]
    [InlineData(0, true, 2, 2)] // A person has raised the minimum.
    [InlineData(9, true, 0, 5)] // Or lowered the maximum.
    public void What_was_decided_before_holds_within_the_bounds(int? recorded, bool hasServed, int min, int expected)
    {
        ScalingStatus? status = recorded is { } number ? new ScalingStatus { Desired = number, Reason = "" } : null;
        Assert.Equal(expected, ScalingPlanner.Initial(Spec(min, max: 5), status, hasServed));
    }

    [Fact]
    public void What_was_learnt_survives_a_restart()
    {
        var bench = new ScalingBench(Spec());
        bench.Run(20 * Minute, rate: 40);
        ScalingCapacity known = bench.Recorded!.Capacity!;
        Assert.InRange(known.Concurrency, 6, 12);
        bench.Restart();
        bench.Run(ScalingPlanner.Interval, rate: 40);
        Assert.Equal(known.Concurrency, bench.Memory!.Capacity.Within(0.99).Concurrency, 0.5);
        Assert.Equal(known.Headroom, bench.Memory.Plan.Headroom, 3);

        // And nothing is taken away until it has looked on for the stabilisation time.
        int before = bench.Desired;
        bench.Run(TimeSpan.FromSeconds(56), rate: 0);
        Assert.Equal(before, bench.Desired);
    }

    [Fact]
    public void Full_KV_caches_ask_for_more_replicas_than_the_requests_alone()
    {
        var bench = new ScalingBench(Spec());
        bench.Run(5 * Minute, rate: 8);
        int before = bench.Desired;
        bench.Run(TimeSpan.FromSeconds(10), rate: 8, static load => load with { KvUse = 1 });
        Assert.True(bench.Desired > before);
        Assert.Contains("100% of the KV blocks", bench.Recorded!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_steady_load_writes_the_status_seldom()
    {
        var bench = new ScalingBench(Spec());
        bench.Run(20 * Minute, rate: 20);
        int before = bench.Writes;
        bench.Run(60 * Minute, rate: 20);
        Assert.InRange(bench.Writes - before, 0, 10);
    }

    internal static IEnumerable<(int Then, int Now)> Steps(IEnumerable<(TimeSpan At, int Desired)> decided)
    {
        int? before = null;
        foreach ((_, int desired) in decided)
        {
            if (before is { } then) yield return (then, desired);
            before = desired;
        }
    }
}
