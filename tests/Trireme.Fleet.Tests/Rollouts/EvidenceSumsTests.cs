using System.Text.Json;
using CsCheck;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts;

public sealed class EvidenceSumsTests
{
    private static readonly RolloutGates Gates = new()
    {
        MaxEndToEndRatio = 1.5, MaxOutputLengthRatio = 2, MaxFinishReasonShift = 0.1,
    };

    /// <summary>
    /// However the windows are cut into reads, however often one is read again, and wherever the platform starts again between them.
    /// </summary>
    [Fact]
    public void Each_window_counts_once_whatever_is_read_again_or_started_again() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Select(Gen.Int[1, 9], Gen.Int[0, 6], Gen.Bool).Array[1, 12]).Sample((seed, reads) =>
        {
            WindowPair[] windows = Random(seed, reads.Sum(static read => read.Item1));
            MoveEvidence whole = RolloutJudge.Look(null, new RolloutSamples { Windows = windows }, Gates).Evidence;
            MoveEvidence? known = null;
            int end = 0;
            foreach ((int count, int again, bool restart) in reads)
            {
                end += count;
                int first = Math.Max(0, end - count - again);
                known = RolloutJudge.Look(known, new RolloutSamples { Windows = windows[first..end] }, Gates).Evidence;
                if (restart) known = JsonSerializer.Deserialize<MoveEvidence>(CanonicalJson.Write(known), ResourceJson.Options);
            }

            Assert.Equal(CanonicalJson.Write(whole), CanonicalJson.Write(known));
        }, iter: 200, threads: 1);

    [Fact]
    public void A_further_step_keeps_what_speaks_against_the_release_and_asks_anew_for_what_speaks_for_it()
    {
        MoveEvidence first = RolloutJudge.Look(null, new RolloutSamples { Windows = Bad.Windows.Take(8).ToList() }, new()).Evidence;
        MoveEvidence next = EvidenceSums.NextStep(first)!;
        Assert.Null(next.LastWindow);
        RatioEvidence before = first.Ratios.Single(static ratio => ratio.Signal == "itl");
        RatioEvidence after = next.Ratios.Single(static ratio => ratio.Signal == "itl");
        Assert.Equal((0, 0.0, before.Worse), (after.Blocks, after.Weight, after.Worse));

        // Eight more such windows decide what eight could not.
        RolloutVerdict verdict = RolloutJudge.Look(next, new RolloutSamples { Windows = Bad.Windows.Take(8).ToList() }, new()).Verdict;
        Assert.Equal(Judgement.Fail, verdict.Judgement);
    }

    [Fact]
    public void The_quality_probe_is_asked_once()
    {
        QualityPair[] worse = [.. Enumerable.Range(0, 8).Select(static i => new QualityPair(i, 1, 1.03))];
        RolloutLook first = RolloutJudge.Look(null, new RolloutSamples { Quality = worse }, new());
        Assert.Equal(Judgement.Pass, first.Evidence.Quality!.Judgement);
        RolloutLook second = RolloutJudge.Look(first.Evidence, new RolloutSamples { Quality = [.. worse.Select(Doubled)] }, new());
        Assert.Equal(Judgement.Pass, second.Evidence.Quality!.Judgement);
        Assert.Equal(Judgement.Pass, RolloutJudge.Look(first.Evidence, RolloutSamples.None, new()).Evidence.Quality!.Judgement);
    }

    private static QualityPair Doubled(QualityPair pair) => pair with { CandidateBitsPerByte = 2 * pair.CandidateBitsPerByte };

    private static WindowPair[] Random(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => new WindowPair(Now.AddSeconds(i), Arm(random), Arm(random)))];
    }

    private static ArmWindow Arm(Random random)
    {
        int requests = random.Next(0, 9);
        return new ArmWindow
        {
            Requests = requests,
            Errors = random.Next(0, requests + 1),
            Ttft = LogSum.Of(random.NextDouble() + 0.01, requests),
            Itl = LogSum.Of((random.NextDouble() + 0.01) / 10, 2 * requests),
            Duration = LogSum.Of(random.NextDouble() + 1, requests),
            OutputTokens = LogSum.Of(random.Next(1, 300), requests),
            Finished = new FinishCounts(requests, random.Next(3), 0, 0, random.Next(2)),
        };
    }
}
