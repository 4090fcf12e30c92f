using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

public class RolloutJudgeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Sentences() => [.. Cases.Keys];

    private static readonly Dictionary<string, (RolloutSamples Samples, Judgement Expected, string Says)> Cases = new()
    {
        ["Nothing was seen yet"] = (RolloutSamples.None, Judgement.Inconclusive, "error rate has 0 requests"),
        ["Equal releases with enough samples pass"] =
            (Samples(), Judgement.Pass, "time to first token 1x the serving release's, +0 ms (limit the larger of 1.5x and +5 ms"),
        ["Too few requests decide nothing, even if all fail"] =
            (Samples(windows: 8, requests: 2, candidateErrors: 2), Judgement.Inconclusive, "each needs 20"),
        ["Every second request failing is worse"] =
            (Samples(candidateErrors: 5), Judgement.Fail,
                "error rate 50% of 80 requests against the serving release's 0% of 80 (limit +1%, p < 0.001)"),
        ["One failure among eighty may be chance"] =
            (Samples(oneError: true), Judgement.Inconclusive,
                "error rate 1.25% of 80 requests against the serving release's 0% of 80, above the limit but perhaps by chance"),
        ["Twice the time between tokens in sixteen windows is worse"] =
            (Samples(windows: 16, itlRatio: 2.1), Judgement.Fail,
                "inter-token latency 2.1x the serving release's, +18.55 ms (limit the larger of 1.5x and +5 ms, p < 0.001, 16 windows)"),
        ["Twice the time to first token is worse"] =
            (Samples(windows: 16, ttftRatio: 2), Judgement.Fail, "time to first token 2x the serving release's"),
        ["A third more time is within the limit"] = (Samples(ttftRatio: 1.33, itlRatio: 1.33), Judgement.Pass, "inter-token latency 1.33x"),
        ["Twice as slow in six windows is not yet proof"] =
            (Samples(windows: 6, itlRatio: 2), Judgement.Inconclusive,
                "inter-token latency 2x the serving release's, +12.38 ms, above the limit but perhaps by chance (limit the larger of 1.5x"),
        ["A tenth below the limit is not surely below it while it scatters"] =
            (Samples(windows: 8, ttftRatio: 1.4, ttftScatter: 2), Judgement.Inconclusive, "within the limit but perhaps by chance"),
        ["Three times a tenth of a millisecond between tokens is nothing anybody notices"] =
            (Samples(itlRatio: 3, itlScale: 0.01), Judgement.Pass,
                "inter-token latency +0.27 ms on the serving release's, 3x (limit the larger of +5 ms and 1.5x"),
        ["Four windows are too few"] = (Samples(windows: 4), Judgement.Inconclusive, "time to first token has 4 of the 6 windows"),
        ["A worse text quality is worse"] =
            (Samples(qualityRatio: 1.2), Judgement.Fail, "quality: 1.2x the bits per byte of the serving release, where fewer are better "
                + "(limit 1.05x, p = 0.004, 8 texts)"),
        ["Without the quality probe nothing passes"] =
            (Samples(prompts: 0), Judgement.Inconclusive, "quality has results for 0 of the 8 texts"),
        ["A faster and better release passes"] =
            (Samples(ttftRatio: 0.5, itlRatio: 0.5, qualityRatio: 0.9), Judgement.Pass, "quality: 0.9x"),
        ["Clients that stream nothing are judged without inter-token latency"] =
            (Samples(streamed: false), Judgement.Pass, "time to first token 1x"),
        ["The worst signal decides and an inconclusive one does not hide it"] =
            (Samples(windows: 16, prompts: 0, itlRatio: 3), Judgement.Fail, "The new release is worse: inter-token latency 3x"),
        ["A longer request is judged only where a gate says so"] =
            (Samples(windows: 16, durationRatio: 3), Judgement.Pass, "time to first token 1x"),
    };

    [Theory]
    [MemberData(nameof(Sentences))]
    public void Verdict(string sentence)
    {
        (RolloutSamples samples, Judgement expected, string says) = Cases[sentence];
        RolloutVerdict verdict = RolloutJudge.Look(null, samples, new RolloutGates()).Verdict;
        Assert.Equal(expected, verdict.Judgement);
        Assert.True(verdict.Reason.Contains(says, StringComparison.Ordinal), verdict.Reason);
    }

    [Fact]
    public void Too_few_configured_texts_are_named_with_the_field()
    {
        RolloutVerdict verdict = RolloutJudge.Look(
            null, Samples(prompts: 3), new RolloutGates { QualityPrompts = ["a", "b", "c"] }).Verdict;
        Assert.Contains("spec.rollout.gates.qualityPrompts has 3", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_digits_of_equal_measurements_are_no_difference()
    {
        RolloutSamples samples = Samples(qualityRatio: 1 + 1e-13);
        var strict = new RolloutGates { MaxQualityRatio = 1, MaxItlRatio = 1, MaxTtftRatio = 1 };
        RolloutVerdict verdict = RolloutJudge.Look(null, samples, strict).Verdict;
        Assert.NotEqual(Judgement.Fail, verdict.Judgement);
        Assert.All(
            verdict.Signals.Where(static signal => signal.Ratio is not null), static signal => Assert.Equal(1, signal.Ratio!.Value, 9));
        Assert.Equal(Judgement.Pass, verdict.Signals.Single(static signal => signal.Signal == "quality").Judgement);
    }

    [Fact]
    public void A_pause_of_one_window_does_not_fail_a_good_release()
    {
        RolloutSamples good = Samples(windows: 16);
        WindowPair first = good.Windows[0];
        LogSum itl = first.Candidate.Itl;
        ArmWindow paused = first.Candidate with { Itl = itl with { Sum = itl.Sum + (itl.Count * Math.Log(100)) } };
        RolloutSamples samples = good with { Windows = [first with { Candidate = paused }, .. good.Windows.Skip(1)] };
        Assert.Equal(Judgement.Pass, RolloutJudge.Look(null, samples, new RolloutGates()).Verdict.Judgement);
    }

    [Theory]
    [InlineData(1.0, 0.0)]
    [InlineData(1.5, 0.01)]
    public void Noise_alone_fails_a_release_no_more_often_than_the_level_says(double trueRatio, double trueErrorIncrease)
    {
        // At the very limit the chance is the level per signal; three noisy signals are looked at here.
        const int rollouts = 1500;
        var random = new Random(42);
        int failures = Enumerable.Range(0, rollouts).Count(_ => Failed(Noisy(random, trueRatio, 0.02 + trueErrorIncrease)));
        double allowed = 3 * 0.01;
        Assert.InRange(failures / (double)rollouts, 0, allowed + (3 * Math.Sqrt(allowed * (1 - allowed) / rollouts)));
        if (trueRatio < 1.2) Assert.True(failures <= 2, $"{failures} good releases failed");
    }

    [Fact]
    public void Looking_after_every_window_fails_a_release_at_its_limits_no_more_often_than_the_level_says()
    {
        // The quality signal is not noisy here, so that six tenths of the level are what the others may use, over all looks.
        const int rollouts = 300;
        const int looks = 120;
        int failures = 0;
        for (int seed = 0; seed < rollouts; seed++)
        {
            RolloutSamples all = Noisy(new Random(seed), 1.5, 0.03, looks);
            MoveEvidence? known = null;
            for (int i = 0; i < looks; i++)
            {
                RolloutLook look = RolloutJudge.Look(known, all with { Windows = [all.Windows[i]] }, new RolloutGates());
                known = look.Evidence;
                if (look.Verdict.Judgement != Judgement.Fail) continue;
                failures++;
                break;
            }
        }

        Assert.InRange(failures / (double)rollouts, 0, 0.01);
    }

    [Theory]
    [InlineData(2.5, 0.02)]
    [InlineData(1.0, 0.25)]
    public void A_real_regression_is_found_nearly_always(double trueRatio, double candidateErrorRate)
    {
        var random = new Random(43);
        int failures = Enumerable.Range(0, 400).Count(_ => Failed(Noisy(random, trueRatio, candidateErrorRate, windows: 20)));
        Assert.InRange(failures, 380, 400);
    }

    [Fact]
    public void A_slower_candidate_never_gets_a_better_verdict()
    {
        static int Badness(Judgement judgement) => judgement switch { Judgement.Pass => 0, Judgement.Inconclusive => 1, _ => 2 };
        for (int seed = 0; seed < 50; seed++)
        {
            int last = 0;
            foreach (double ratio in new[] { 0.5, 1, 1.3, 1.6, 2, 3, 5 })
            {
                RolloutSamples samples = Noisy(new Random(seed), ratio, 0.02);
                RolloutVerdict verdict = RolloutJudge.Look(null, samples, new RolloutGates()).Verdict;
                int badness = Badness(verdict.Signals.Single(s => s.Signal == "itl").Judgement);
                Assert.True(badness >= last, $"seed {seed}, ratio {ratio}");
                last = badness;
            }
        }
    }

    private static bool Failed(RolloutSamples samples) =>
        RolloutJudge.Look(null, samples, new RolloutGates()).Verdict.Judgement == Judgement.Fail;

    /// <summary>Windows with common load waves, long-tailed latencies and baseline errors of 2%.</summary>
    private static RolloutSamples Noisy(Random random, double ratio, double candidateErrorRate, int windows = 10)
    {
        var pairs = new List<WindowPair>();
        for (int i = 0; i < windows; i++)
        {
            double load = Math.Exp(Gauss(random));
            pairs.Add(new WindowPair(Start.AddSeconds(i * 5), Arm(random, load, 0.02), Arm(random, load * ratio, candidateErrorRate)));
        }

        var quality = Enumerable.Range(0, 8).Select(i => new QualityPair(i, 1 + (0.1 * i), 1 + (0.1 * i))).ToList();
        return new RolloutSamples { Windows = pairs, Quality = quality };
    }

    private static ArmWindow Arm(Random random, double scale, double errorRate)
    {
        const int requests = 20;
        double ttft = 0;
        double itl = 0;
        int errors = 0;
        for (int i = 0; i < requests; i++)
        {
            ttft += Math.Log(0.1 * scale) + (0.7 * Gauss(random));
            itl += Math.Log(0.01 * scale) + (0.7 * Gauss(random));
            if (random.NextDouble() < errorRate) errors++;
        }

        return new ArmWindow
        {
            Requests = requests,
            Errors = errors,
            Ttft = new LogSum(requests, ttft),
            Itl = new LogSum(requests, itl),
        };
    }

    private static double Gauss(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static RolloutSamples Samples(
        int windows = 8, int requests = 10, int candidateErrors = 0, bool oneError = false, double ttftRatio = 1, double itlRatio = 1,
        double qualityRatio = 1, int prompts = 8, bool streamed = true, double itlScale = 1, double durationRatio = 1,
        double ttftScatter = 1)
    {
        var pairs = new List<WindowPair>();
        for (int i = 0; i < windows; i++)
        {
            double wave = 1 + (0.1 * i);
            var baseline = new ArmWindow
            {
                Requests = requests,
                Ttft = LogSum.Of(wave, requests),
                Duration = LogSum.Of(10 * wave, requests),
                Itl = streamed ? LogSum.Of(wave * itlScale / 100, 10) : default,
            };
            pairs.Add(new WindowPair(Start.AddSeconds(5 * i), baseline, baseline with
            {
                Errors = oneError && i == 0 ? 1 : candidateErrors,
                Ttft = LogSum.Of(wave * ttftRatio * (i % 2 == 0 ? ttftScatter : 1 / ttftScatter), requests),
                Duration = LogSum.Of(10 * wave * durationRatio, requests),
                Itl = streamed ? LogSum.Of(wave * itlScale * itlRatio / 100, 10) : default,
            }));
        }

        return new RolloutSamples
        {
            Windows = pairs,
            Quality = [.. Enumerable.Range(0, prompts).Select(i => new QualityPair(i, 1 + (0.1 * i), (1 + (0.1 * i)) * qualityRatio))],
        };
    }
}
