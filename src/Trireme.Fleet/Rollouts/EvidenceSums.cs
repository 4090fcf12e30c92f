using Trireme.Contracts.Resources;
using Trireme.Fleet.Statistics;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// Adds samples to what a move knows. Each window is added once: those up to the last one that is in the sums are passed over, so that
/// whoever reads the same windows again, after a restart or a write that failed, changes nothing.
/// </summary>
internal static class EvidenceSums
{
    /// <summary>Measurements of the rarer side that make up a block, of about as many of the other and of many more.</summary>
    private const int EvenBlock = 3;
    private const int LopsidedBlock = 6;

    public static MoveEvidence Add(MoveEvidence? known, IReadOnlyList<WindowPair> windows, RolloutSignals signals)
    {
        MoveEvidence evidence = known ?? new MoveEvidence();
        var rates = signals.Rates.Select(signal => Find(evidence, signal)).ToList();
        var ratios = signals.Ratios.Select(signal => Find(evidence, signal)).ToList();
        DateTimeOffset? last = evidence.LastWindow;
        foreach (WindowPair window in windows)
        {
            if (!window.IsAfter(last)) continue;
            last = window.Start;
            for (int i = 0; i < rates.Count; i++) rates[i] = Add(rates[i], signals.Rates[i], window);
            for (int i = 0; i < ratios.Count; i++) ratios[i] = Add(ratios[i], signals.Ratios[i], window);
        }

        return evidence with { LastWindow = last, Rates = rates, Ratios = ratios };
    }

    /// <summary>
    /// The evidence as another step begins: what speaks against the release stays, because the chance of a wrong rollback is one over the
    /// whole move, and what speaks for it must be shown anew under the new share of traffic.
    /// </summary>
    public static MoveEvidence? NextStep(MoveEvidence? evidence) => evidence is null ? null : evidence with
    {
        LastWindow = null,
        Rates =
        [
            .. evidence.Rates.Select(static rate => rate with
            {
                StepBaselineRequests = 0, StepBaselineHits = 0, StepCandidateRequests = 0, StepCandidateHits = 0,
            }),
        ],
        Ratios =
        [
            .. evidence.Ratios.Select(static ratio => ratio with
            {
                Blocks = 0,
                Weight = 0,
                BaselineSum = 0,
                CandidateSum = 0,
                BaselineSamples = 0,
                CandidateSamples = 0,
                Open = null,
                Within = new BetEvidence(),
            }),
        ],
    };

    public static RateEvidence Find(MoveEvidence evidence, RateSignal signal) =>
        evidence.Rates.FirstOrDefault(rate => rate.Signal == signal.Key) ?? new RateEvidence { Signal = signal.Key };

    public static RatioEvidence Find(MoveEvidence evidence, RatioSignal signal) =>
        evidence.Ratios.FirstOrDefault(ratio => ratio.Signal == signal.Key) ?? new RatioEvidence { Signal = signal.Key };

    private static RateEvidence Add(RateEvidence known, RateSignal signal, WindowPair window)
    {
        HitCount baseline = signal.Read(window.Baseline);
        HitCount candidate = signal.Read(window.Candidate);
        if (baseline.Requests == 0 && candidate.Requests == 0) return known;
        var before = new HitCount(known.BaselineHits, known.BaselineRequests);

        // A share that falls is the share of all others that rises.
        BetEvidence worse = signal.Falls
            ? RateBets.After(known.Worse, Others(before), Others(baseline), Others(candidate), signal.Margin)
            : RateBets.After(known.Worse, before, baseline, candidate, signal.Margin);
        return known with
        {
            BaselineRequests = known.BaselineRequests + baseline.Requests,
            BaselineHits = known.BaselineHits + baseline.Hits,
            StepBaselineRequests = known.StepBaselineRequests + baseline.Requests,
            StepBaselineHits = known.StepBaselineHits + baseline.Hits,
            StepCandidateRequests = known.StepCandidateRequests + candidate.Requests,
            StepCandidateHits = known.StepCandidateHits + candidate.Hits,
            Worse = worse,
        };
    }

    private static HitCount Others(HitCount count) => new(count.Requests - count.Hits, count.Requests);

    private static RatioEvidence Add(RatioEvidence known, RatioSignal signal, WindowPair window)
    {
        LogSum baseline = signal.Read(window.Baseline);
        LogSum candidate = signal.Read(window.Candidate);
        if (baseline.Count == 0 && candidate.Count == 0) return known;
        OpenBlock open = known.Open ?? new OpenBlock();
        open = new OpenBlock
        {
            BaselineCount = open.BaselineCount + baseline.Count,
            BaselineSum = open.BaselineSum + baseline.Sum,
            CandidateCount = open.CandidateCount + candidate.Count,
            CandidateSum = open.CandidateSum + candidate.Sum,
        };
        return IsBlock(open.BaselineCount, open.CandidateCount)
            ? Close(known with { Open = null }, signal, open)
            : known with { Open = open };
    }

    /// <summary>
    /// The difference of two means of equally many like measurements is symmetric, whatever they are. The more the two numbers differ, the
    /// more of the smaller one it takes until the mean is symmetric by itself.
    /// </summary>
    private static bool IsBlock(long baseline, long candidate)
    {
        (long few, long many) = baseline < candidate ? (baseline, candidate) : (candidate, baseline);
        return few > 0 && (few == many || few >= LopsidedBlock || (few >= EvenBlock && many <= 2 * few));
    }

    private static RatioEvidence Close(RatioEvidence known, RatioSignal signal, OpenBlock block)
    {
        double baseline = block.BaselineSum / block.BaselineCount;
        double candidate = block.CandidateSum / block.CandidateCount;

        // The difference of two means scatters as one measurement over the root of the harmonic weight.
        double weight = block.BaselineCount * (double)block.CandidateCount / (block.BaselineCount + block.CandidateCount);
        double excess = signal.Excess(baseline, candidate) * Math.Sqrt(weight);
        double spread = SymmetryBets.Spread(known.MoveBlocks, known.ExcessSum, known.ExcessSquareSum);
        double usual = SymmetryBets.Clipped(excess, spread);
        return known with
        {
            Blocks = known.Blocks + 1,
            Weight = known.Weight + weight,
            BaselineSum = known.BaselineSum + (weight * baseline),
            CandidateSum = known.CandidateSum + (weight * candidate),
            BaselineSamples = known.BaselineSamples + block.BaselineCount,
            CandidateSamples = known.CandidateSamples + block.CandidateCount,
            MoveBlocks = known.MoveBlocks + 1,
            ExcessSum = known.ExcessSum + usual,
            ExcessSquareSum = known.ExcessSquareSum + (usual * usual),
            Worse = SymmetryBets.After(known.Worse, excess, spread, direction: 1),
            Within = SymmetryBets.After(known.Within, excess, spread, direction: -1),
        };
    }
}
