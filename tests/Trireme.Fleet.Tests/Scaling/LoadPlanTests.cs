using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Tests.Scaling;

public sealed class LoadPlanTests
{
    private static readonly PlanTerms Quick = new(LoadHistoryTests.Eight, 0.005, TimeSpan.FromSeconds(10), 100);

    [Fact]
    public void Little_is_planned_before_a_minute_is_known()
    {
        Assert.Null(Run(LoadPlan.Fresh, 50, Quick, static _ => 40).Enough);
        Assert.InRange(Run(LoadPlan.Fresh, 80, Quick, static _ => 40).Enough!.Value, 4.9, 6.5);
    }

    [Fact]
    public void Where_load_moves_slowly_beside_a_start_little_is_kept_for_what_came_long_ago()
    {
        // Waves of an hour each, between 10 and 90 a second.
        Func<int, double> waves = static second => 50 - (40 * Math.Cos(second * Math.Tau / 3600));
        LoadPlan plan = Run(LoadPlan.Fresh, 7200, Quick, waves);
        Assert.Equal(TimeSpan.FromMinutes(2), plan.Window);
        Assert.InRange(plan.Enough!.Value, 1, 8);
    }

    [Fact]
    public void Where_a_start_takes_longer_than_a_burst_all_that_came_is_prepared_for()
    {
        Func<int, double> bursts = static second => second % 400 < 10 ? 100 : 5;
        LoadPlan plan = Run(LoadPlan.Fresh, 3600, Quick with { Start = TimeSpan.FromSeconds(180) }, bursts);
        Assert.True(plan.Window > TimeSpan.FromMinutes(2));
        Assert.InRange(plan.Enough!.Value, 12, 100);
    }

    [Fact]
    public void The_window_that_was_gone_by_survives_a_restart()
    {
        var recorded = new ScalingCapacity { Of = "m", Headroom = 1.5, WindowSeconds = 120 };
        LoadPlan plan = LoadPlan.Read(recorded);
        Assert.Equal(1.5, plan.Headroom);
        Assert.Equal(TimeSpan.FromMinutes(2), Run(plan, 90, Quick, static _ => 40).Window);
        Assert.Equal(LoadHistory.Length, Run(LoadPlan.Read(recorded with { WindowSeconds = 7 }), 90, Quick, static _ => 40).Window);
        Assert.Equal(LoadPlan.AssumedHeadroom, LoadPlan.Read(recorded with { Headroom = double.NaN }).Headroom);
    }

    [Fact]
    public void Misses_make_careful_and_what_moved_it_is_forgotten()
    {
        var slo = new SloSpec();
        MissAllowance usual = default;
        TimeSpan look = TimeSpan.FromSeconds(2);
        MissAllowance burnt = usual;
        for (int i = 0; i < 30; i++) burnt = burnt.With(slo, missedShare: 0.5, weight: 0.1, look);
        Assert.InRange(burnt.Share(slo), 0, 0.3 * usual.Share(slo));
        MissAllowance spared = usual;
        for (int i = 0; i < 30; i++) spared = spared.With(slo, missedShare: 0, weight: 0.1, look);
        Assert.InRange(spared.Share(slo), 1.02 * usual.Share(slo), 1.5 * usual.Share(slo));
        for (int i = 0; i < 9000; i++) burnt = burnt.With(slo, missedShare: usual.Share(slo), weight: 0.1, look);
        Assert.Equal(usual.Share(slo), burnt.Share(slo), 0.0001);
    }

    [Fact]
    public void Work_of_a_request_follows_the_length_of_its_prompt_as_far_as_prompts_cost()
    {
        var weights = new RequestWeights();
        Assert.Equal(RequestWeights.Usual, weights.Of(100_000));

        // A thousand tokens of prompt and 250 that cost four times as much: prompts are half of the work.
        for (int i = 0; i < 40; i++) weights.Add(bytes: 4000, promptTokens: 1000, generatedTokens: 250);
        Assert.Equal(RequestWeights.Usual, weights.Of(4000), 1.0);
        Assert.Equal(RequestWeights.Usual / 2, weights.Of(0), 1.0);
        Assert.Equal(RequestWeights.Usual * 3, weights.Of(20_000), 1.0);
    }

    private static LoadPlan Run(LoadPlan plan, int seconds, PlanTerms terms, Func<int, double> rate)
    {
        for (int second = 0; second <= seconds; second += 2)
        {
            plan = plan.With(TimeSpan.FromSeconds(second), second == 0 ? 0 : 2, rate(second) + rate(second + 1), terms);
        }

        return plan;
    }
}
