using System.Diagnostics;
using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Benchmarks;

/// <summary>
/// How often the judge takes back a release that is as good as the other, looking after every sample, and how soon it finds one that is
/// worse. The limits are the sharpest there are: any difference is beyond them.
/// </summary>
internal static class JudgeBenchmark
{
    private const int Runs = 1_200;
    private const int PowerRuns = 400;

    /// <summary>Every gate, each without a margin.</summary>
    private static readonly RolloutGates AllGates = new()
    {
        MaxErrorRateIncrease = 0,
        MaxTtftRatio = 1,
        MaxItlRatio = 1,
        MaxEndToEndRatio = 1,
        MaxOutputLengthRatio = 1,
        MaxFinishReasonShift = 0.001,
        MaxQualityRatio = 1,
        MinLatencyExcess = new(TimeSpan.Zero),
    };

    /// <summary>The gates of a plan that names none.</summary>
    private static readonly RolloutGates UsualGates = AllGates with
    {
        MaxEndToEndRatio = null, MaxOutputLengthRatio = null, MaxFinishReasonShift = null,
    };

    private static readonly Dictionary<string, (JudgeWorld World, int Windows)> Equal = new()
    {
        ["lognormal"] = (new JudgeWorld(), 500),
        ["pareto"] = (new JudgeWorld { Tail = Tail.Pareto }, 500),
        ["cache_hits"] = (new JudgeWorld { Tail = Tail.CacheHits }, 500),
        ["autocorrelated"] = (new JudgeWorld { LoadMemory = 0.95 }, 500),
        ["counter_reset"] = (new JudgeWorld { ResetEvery = 7 }, 500),
        ["share_10_percent"] = (new JudgeWorld { Tail = Tail.CacheHits, BaselinePerWindow = 9, LoadMemory = 0.95 }, 500),
        ["share_10_percent_pareto"] = (new JudgeWorld { Tail = Tail.Pareto, BaselinePerWindow = 9 }, 500),
        ["share_90_percent"] = (new JudgeWorld { Tail = Tail.Pareto, CandidatePerWindow = 9, LoadMemory = 0.95 }, 500),
        ["busy_windows"] = (new JudgeWorld { BaselinePerWindow = 90, CandidatePerWindow = 10, LoadMemory = 0.95, ResetEvery = 7 }, 120),
    };

    private static readonly Dictionary<string, (JudgeWorld World, int Windows)> Worse = new()
    {
        ["ttft_20_percent_scatter_0.3_in_300"] = (new JudgeWorld { TtftRatio = 1.2, Scatter = 0.3 }, 300),
        ["ttft_20_percent_scatter_0.4_in_300"] = (new JudgeWorld { TtftRatio = 1.2, Scatter = 0.4 }, 300),
        ["ttft_20_percent_scatter_0.5_in_300"] = (new JudgeWorld { TtftRatio = 1.2, Scatter = 0.5 }, 300),
        ["ttft_20_percent_scatter_0.5_in_600"] = (new JudgeWorld { TtftRatio = 1.2, Scatter = 0.5 }, 600),
        ["ttft_20_percent_autocorrelated_scatter_0.3_in_300"] =
            (new JudgeWorld { TtftRatio = 1.2, Scatter = 0.3, LoadMemory = 0.95 }, 300),
        ["ttft_20_percent_pareto_in_300"] = (new JudgeWorld { TtftRatio = 1.2, Tail = Tail.Pareto }, 300),
        ["ttft_20_percent_share_10_percent_scatter_0.5_in_300"] =
            (new JudgeWorld { TtftRatio = 1.2, Scatter = 0.5, BaselinePerWindow = 9 }, 300),
        ["errors_0_to_2_percent_in_500"] = (new JudgeWorld { ErrorRate = 0, ErrorIncrease = 0.02 }, 500),
        ["errors_1_to_3_percent_in_500"] = (new JudgeWorld { ErrorIncrease = 0.02 }, 500),
        ["errors_0_to_2_percent_share_10_percent_in_500"] =
            (new JudgeWorld { ErrorRate = 0, ErrorIncrease = 0.02, BaselinePerWindow = 9 }, 500),
        ["errors_1_to_3_percent_share_10_percent_in_500"] = (new JudgeWorld { ErrorIncrease = 0.02, BaselinePerWindow = 9 }, 500),
        ["errors_0_to_2_percent_in_1500"] = (new JudgeWorld { ErrorRate = 0, ErrorIncrease = 0.02 }, 1500),
        ["errors_1_to_3_percent_in_3000"] = (new JudgeWorld { ErrorIncrease = 0.02 }, 3000),
    };

    public static void Run(SortedDictionary<string, double> figures)
    {
        long begun = Stopwatch.GetTimestamp();
        foreach ((string name, (JudgeWorld world, int windows)) in Equal)
        {
            int[] ends = Rollbacks(world, AllGates, windows, Runs);
            double share = ends.Count(static end => end > 0) / (double)Runs;
            figures[$"judge_equal_{name}_rolled_back"] = share;
            Say($"equal releases, {name}: {share:P2} of {Runs} rollouts with {windows} looks were rolled back");
        }

        foreach ((string name, (JudgeWorld world, int windows)) in Worse)
        {
            int[] found = [.. Rollbacks(world, UsualGates, windows, PowerRuns).Where(static end => end > 0).Order()];
            double share = found.Length / (double)PowerRuns;
            figures[$"judge_{name}_found"] = share;
            string median = found.Length > PowerRuns / 2 ? $", half of them after {found[PowerRuns / 2]}" : "";
            Say($"{name.Replace('_', ' ')}: found in {share:P1} of {PowerRuns}{median}");
        }

        figures["judge_seconds"] = Math.Round(Stopwatch.GetElapsedTime(begun).TotalSeconds, 1);
    }

    /// <summary>For each rollout the number of looks after which it was rolled back; 0 if it never was.</summary>
    private static int[] Rollbacks(JudgeWorld world, RolloutGates gates, int windows, int runs)
    {
        int[] ends = new int[runs];
        Parallel.For(0, runs, run => ends[run] = RolledBackAfter(world, gates, windows, new Random(run)));
        return ends;
    }

    private static int RolledBackAfter(JudgeWorld world, RolloutGates gates, int windows, Random random)
    {
        IReadOnlyList<QualityPair> quality = JudgeWorld.Quality(random);
        MoveEvidence? evidence = null;
        int looks = 0;
        foreach (WindowPair window in world.Windows(random, windows))
        {
            looks++;
            RolloutLook look = RolloutJudge.Look(evidence, new RolloutSamples { Windows = [window], Quality = quality }, gates);
            if (look.Verdict.Judgement == Judgement.Fail) return looks;
            evidence = look.Evidence;
        }

        return 0;
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
