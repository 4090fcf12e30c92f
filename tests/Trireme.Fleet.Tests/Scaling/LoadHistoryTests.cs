using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Tests.Scaling;

public sealed class LoadHistoryTests
{
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_steady_rate_is_expected_to_stay()
    {
        LoadHistory history = Run(600, static _ => 10);
        Assert.Equal(10, history.Rate, 0.01);
        Assert.Equal(10, history.Expected(Start), 0.01);
    }

    [Fact]
    public void A_rate_that_rises_is_expected_to_rise_on()
    {
        double now = 10 + (0.1 * 300);
        Assert.InRange(Run(300, static second => 10 + (0.1 * second)).Expected(Start), now + 3, now + 8);
    }

    [Fact]
    public void A_rate_that_falls_is_expected_to_stay_because_it_may_turn() =>
        Assert.InRange(Run(300, static second => 50 - (0.1 * second)).Expected(Start), 19.9, 22);

    [Fact]
    public void Chance_in_the_arrivals_is_seldom_taken_for_a_trend()
    {
#pragma warning disable CA5394 // Reproducible by intent.
        var random = new Random(1);
        LoadHistory history = LoadHistory.Empty;
        double arrived = 0;
        int taken = 0;
        for (int second = 0; second < 7200; second++)
        {
            for (int part = 0; part < 20; part++) arrived += random.NextDouble() < 0.25 ? 1 : 0;
            if (second % 2 == 1) continue;
            history = history.With(TimeSpan.FromSeconds(second), arrived);
            if (history.Expected(Start) > 1.1 * history.Rate) taken++;
        }
#pragma warning restore CA5394

        Assert.InRange(taken, 0, 3600 / 20);
    }

    [Fact]
    public void It_stays_within_its_bounds_however_often_it_is_told()
    {
        LoadHistory history = LoadHistory.Empty;
        for (int i = 0; i < 5000; i++) history = history.With(TimeSpan.FromMilliseconds(i), i);
        Assert.InRange(history.Rate, 700, 1000);
        for (int i = 0; i < 5000; i++) history = history.With(TimeSpan.FromSeconds(10 + i), 5000 + i);
        Assert.InRange(history.Known, LoadHistory.Length - TimeSpan.FromSeconds(2), LoadHistory.Length);
        Assert.Equal(600, history.Last(TimeSpan.FromMinutes(10)).Parts.Count);
    }

    [Fact]
    public void As_many_replicas_are_enough_as_a_steady_load_keeps_within_what_each_carries()
    {
        Arrivals came = Run(1200, static _ => 40).Last(TimeSpan.FromMinutes(10));

        // Eight at a time, a second each: five, if no one is to have more than eight.
        double enough = came.Fewest(Eight, lateShare: 0.01, most: 50);
        Assert.InRange(enough, 4.9, 6.5);
        Assert.True(came.LateShare(Eight, enough) <= 0.01);
        Assert.True(came.LateShare(Eight, enough - 0.5) > 0.01);
    }

    [Fact]
    public void A_burst_counts_for_as_much_as_it_makes_late()
    {
        // Twenty times the load for four seconds of every two minutes is two fifths of all requests; one second more is next to nothing.
        TimeSpan within = TimeSpan.FromMinutes(10);
        Assert.InRange(Run(1200, static second => second % 120 < 4 ? 100 : 5).Last(within).Fewest(Eight, 0.01, 50), 10, 50);
        Assert.InRange(Run(1200, static second => second == 900 ? 20 : 5).Last(within).Fewest(Eight, 0.01, 50), 1, 2);
    }

    [Fact]
    public void No_load_needs_no_replica_and_too_much_no_more_than_the_most()
    {
        Assert.Equal(0, Run(600, static _ => 0).Last(TimeSpan.FromMinutes(2)).Fewest(Eight, 0.01, 50));
        Assert.Equal(3, Run(600, static _ => 1000).Last(TimeSpan.FromMinutes(2)).Fewest(Eight, 0.01, 3));
        Assert.Equal(0, LoadHistory.Empty.Last(TimeSpan.FromMinutes(2)).Fewest(Eight, 0.01, 3));
    }

    /// <summary>A replica that answers eight at a time in a second each, and within the SLO up to there.</summary>
    internal static ReplicaCapacity Eight
    {
        get
        {
            int[] loads = [2, 4, 8, 12, 16];
            var answers = new LoadCell[LoadClasses.Count];
            foreach (int load in loads) answers[LoadClasses.IndexOf(load)] = new LoadCell(500, load <= 8 ? 500 : 0);
            WorkCell[] times = CapacityModelTests.Times(
                [.. loads.Select(static load => (load, Math.Max(1, LoadClasses.CentreOf(LoadClasses.IndexOf(load)) / 8)))]);
            return CapacityModel.Unknown.For("this").With(answers).With(times).Within(0.99);
        }
    }

    private static LoadHistory Run(int seconds, Func<int, double> rate)
    {
        LoadHistory history = LoadHistory.Empty;
        double arrived = 0;
        for (int second = 0; second <= seconds; second++)
        {
            arrived += rate(second);
            if (second % 2 == 0) history = history.With(TimeSpan.FromSeconds(second), arrived);
        }

        return history;
    }
}
