using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Statistics;

/// <summary>
/// Bets that one stream of yes and no has a higher rate than another by more than a margin. A block's factor is its likelihood under
/// two rates that were chosen before it was seen, over its likelihood under the closest two rates that differ by exactly the margin,
/// closest in relative entropy (the reverse information projection). Its mean is at most 1 for every pair of rates within the margin, for
/// blocks of any size and rates that change from block to block, so that the test is exact for few requests and rare errors (R. Turner,
/// A. Ly, P. Grünwald, "Generic E-variables for exact sequential k-sample tests that allow for optional stopping", Journal of Statistical
/// Planning and Inference 230 (2024); with a margin: R. Turner, P. Grünwald, "Exact anytime-valid confidence intervals for contingency
/// tables and beyond", Statistics and Probability Letters 198 (2023)).
/// </summary>
internal static class RateBets
{
    /// <summary>Rises beyond the margin that players expect.</summary>
    private static ReadOnlySpan<double> Rises => [0.01, 0.025, 0.08, 0.4];

    /// <summary>Before the serving release has answered, its rate is taken for one in two hundred, as by a hundred requests.</summary>
    private const double PriorHits = 0.5;

    private const double PriorRequests = 100;

    /// <summary>
    /// The most that one block may multiply a player's money by. Errors come in bursts, such as those of one replica's death, which are
    /// one event and not many; a bound from above keeps the test valid and asks for several such windows.
    /// </summary>
    private static readonly double LogFactorMax = Math.Log(30);

    /// <summary>Evidence that the second stream's rate is beyond the first one's and the margin, after one more block of both.</summary>
    /// <param name="before">The evidence so far.</param>
    /// <param name="known">The first stream, as known before the block.</param>
    /// <param name="low">The block of the first stream.</param>
    /// <param name="high">The block of the second one.</param>
    /// <param name="margin">What the second one may exceed the first one by.</param>
    public static BetEvidence After(BetEvidence before, HitCount known, HitCount low, HitCount high, double margin)
    {
        Span<double> logFactors = stackalloc double[Rises.Length];
        double expected = (known.Hits + PriorHits) / (known.Requests + PriorRequests);
        for (int i = 0; i < logFactors.Length; i++)
        {
            // The expected rates stay within what rates can be, also where both are high already.
            double highRate = Math.Min(expected + margin + Rises[i], (1 + Math.Min(1, expected + margin)) / 2);
            if (highRate - expected <= margin) continue;
            (double lowNull, double highNull) = ConstrainedRates(new(expected, low.Requests), new(highRate, high.Requests), margin);
            double logFactor = LogRatio(low, expected, lowNull) + LogRatio(high, highRate, highNull);
            logFactors[i] = Math.Min(LogFactorMax, logFactor);
        }

        return Wealth.After(before, logFactors);
    }

    /// <summary>
    /// The two rates that differ by exactly the margin and are closest to those given, each weighted with its number of requests: the root
    /// of a cubic, in closed form (C. P. Farrington, G. Manning, "Test statistics and sample size formulae for comparative binomial trials
    /// with null hypothesis of non-zero risk difference", Statistics in Medicine 9 (1990), who give it as the most likely pair).
    /// </summary>
    internal static (double Low, double High) ConstrainedRates(
        (double Rate, long Requests) low, (double Rate, long Requests) high, double margin)
    {
        if (high.Requests == 0) return (low.Rate, Math.Min(1, low.Rate + margin));
        double ratio = low.Requests / (double)high.Requests;
        double a = 1 + ratio;
        double b = -(1 + ratio + high.Rate + (ratio * low.Rate) + (margin * (ratio + 2)));
        double c = (margin * margin) + (margin * ((2 * high.Rate) + ratio + 1)) + high.Rate + (ratio * low.Rate);
        double d = -high.Rate * margin * (1 + margin);
        double v = Math.Pow(b / (3 * a), 3) - (b * c / (6 * a * a)) + (d / (2 * a));
        double u = Math.Sqrt(Math.Max(0, Math.Pow(b / (3 * a), 2) - (c / (3 * a))));
        if (v < 0) u = -u;
        double cube = u * u * u;
        double angle = (Math.PI + Math.Acos(cube == 0 ? 0 : Math.Clamp(v / cube, -1, 1))) / 3;
        double highNull = Math.Clamp((2 * u * Math.Cos(angle)) - (b / (3 * a)), margin, 1);
        return (highNull - margin, highNull);
    }

    private static double LogRatio(HitCount seen, double expected, double ifTrue)
    {
        double log = 0;
        if (seen.Hits > 0) log += seen.Hits * Math.Log(expected / ifTrue);
        if (seen.Requests > seen.Hits) log += (seen.Requests - seen.Hits) * Math.Log((1 - expected) / (1 - ifTrue));
        return log;
    }
}

/// <summary>Requests of one stream and those of them that are counted.</summary>
internal readonly record struct HitCount(long Hits, long Requests)
{
    public double Rate => Hits / (double)Requests;
}
