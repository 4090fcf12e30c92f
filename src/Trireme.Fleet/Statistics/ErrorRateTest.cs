namespace Trireme.Fleet.Statistics;

/// <summary>
/// Tests whether the candidate's error rate exceeds the baseline's by more than a margin. The statistic is the score of
/// C. P. Farrington and G. Manning, "Test statistics and sample size formulae for comparative binomial trials with null hypothesis
/// of non-zero risk difference", Statistics in Medicine 9 (1990). Few errors make its normal approximation too eager, so up to
/// <see cref="MaxExactRequests"/> requests the p-value is exact and unconditional: the largest chance, over every baseline rate, of a
/// table at least as extreme (I. S. F. Chan, "Exact tests of equivalence and efficacy with a non-zero lower bound for comparative
/// studies", Statistics in Medicine 17 (1998)).
/// </summary>
internal static class ErrorRateTest
{
    /// <summary>Requests of both sides up to which the exact test is run; a look then costs a few milliseconds at most.</summary>
    public const long MaxExactRequests = 4000;

    private const int RateSteps = 128;

    /// <summary>Below this logarithm a chance no longer moves a p-value that is compared with 0.0001.</summary>
    private const double NegligibleLog = -30;

    /// <summary>Chance of a candidate at least this much worse if its true rate were at most the baseline's plus the margin.</summary>
    public static double UpperTail(ErrorCount baseline, ErrorCount candidate, double margin)
    {
        double score = Score(baseline, candidate, margin);
        if (baseline.Requests + candidate.Requests > MaxExactRequests) return NormalDistribution.UpperTail(score);
        // At or below the margin nothing speaks against the candidate; the sum over half of all tables would not change that.
        return score <= 0 ? 1 : ExactTail(baseline, candidate, margin, score);
    }

    /// <summary>The observed excess over the margin in standard errors under the null hypothesis.</summary>
    internal static double Score(ErrorCount baseline, ErrorCount candidate, double margin)
    {
        double excess = candidate.Rate - baseline.Rate - margin;
        double candidateRate = ConstrainedRate(baseline, candidate, margin);
        double baselineRate = Math.Clamp(candidateRate - margin, 0, 1);
        double variance = (candidateRate * (1 - candidateRate) / candidate.Requests)
            + (baselineRate * (1 - baselineRate) / baseline.Requests);
        if (variance > 1e-15) return excess / Math.Sqrt(variance);
        return excess > 1e-12 ? double.MaxValue : excess < -1e-12 ? double.MinValue : 0;
    }

    /// <summary>
    /// The candidate's most likely rate among pairs that differ by exactly the margin: the root of a cubic, in closed form.
    /// </summary>
    internal static double ConstrainedRate(ErrorCount baseline, ErrorCount candidate, double margin)
    {
        double ratio = baseline.Requests / (double)candidate.Requests;
        double a = 1 + ratio;
        double b = -(1 + ratio + candidate.Rate + (ratio * baseline.Rate) + (margin * (ratio + 2)));
        double c = (margin * margin) + (margin * ((2 * candidate.Rate) + ratio + 1)) + candidate.Rate + (ratio * baseline.Rate);
        double d = -candidate.Rate * margin * (1 + margin);
        double v = Math.Pow(b / (3 * a), 3) - (b * c / (6 * a * a)) + (d / (2 * a));
        double u = Math.Sqrt(Math.Max(0, Math.Pow(b / (3 * a), 2) - (c / (3 * a))));
        if (v < 0) u = -u;
        double cube = u * u * u;
        double angle = (Math.PI + Math.Acos(cube == 0 ? 0 : Math.Clamp(v / cube, -1, 1))) / 3;
        return Math.Clamp((2 * u * Math.Cos(angle)) - (b / (3 * a)), margin, 1);
    }

    private static double ExactTail(ErrorCount baseline, ErrorCount candidate, double margin, double score)
    {
        int[] leastErrors = LeastExtremeErrors((int)baseline.Requests, (int)candidate.Requests, margin, score);
        double[] logFactorials = new double[Math.Max(baseline.Requests, candidate.Requests) + 1];
        for (int i = 2; i < logFactorials.Length; i++) logFactorials[i] = logFactorials[i - 1] + Math.Log(i);

        double[] upperTail = new double[candidate.Requests + 2];
        double worst = 0;
        for (int step = 0; step <= RateSteps; step++)
        {
            // Errors are rare in practice, so small rates are looked at more closely.
            double share = step / (double)RateSteps;
            double baselineRate = share * share * (1 - margin);
            FillUpperTail(upperTail, baselineRate + margin, logFactorials);
            double chance = 0;
            for (int errors = 0; errors < leastErrors.Length; errors++)
            {
                double tail = upperTail[leastErrors[errors]];
                if (tail > 0) chance += tail * Probability((int)baseline.Requests, errors, baselineRate, logFactorials);
            }

            worst = Math.Max(worst, chance);
        }

        return Math.Min(1, worst);
    }

    /// <summary>
    /// For each number of baseline errors the smallest number of candidate errors whose score reaches the one seen. The score rises
    /// with the candidate's errors and falls with the baseline's (J. Röhmel, U. Mansmann, Biometrical Journal 41 (1999)), so one
    /// walk along the border of the region finds all.
    /// </summary>
    private static int[] LeastExtremeErrors(int baselineRequests, int candidateRequests, double margin, double score)
    {
        int[] least = new int[baselineRequests + 1];
        int errors = 0;
        for (int baselineErrors = 0; baselineErrors <= baselineRequests; baselineErrors++)
        {
            var baseline = new ErrorCount(baselineErrors, baselineRequests);
            while (errors <= candidateRequests && Score(baseline, new ErrorCount(errors, candidateRequests), margin) < score - 1e-9)
            {
                errors++;
            }

            least[baselineErrors] = errors;
        }

        return least;
    }

    private static void FillUpperTail(double[] upperTail, double rate, double[] logFactorials)
    {
        int requests = upperTail.Length - 2;
        upperTail[requests + 1] = 0;
        for (int errors = requests; errors >= 0; errors--)
        {
            upperTail[errors] = upperTail[errors + 1] + Probability(requests, errors, rate, logFactorials);
        }
    }

    private static double Probability(int requests, int errors, double rate, double[] logFactorials)
    {
        if (rate <= 0) return errors == 0 ? 1 : 0;
        if (rate >= 1) return errors == requests ? 1 : 0;
        double log = logFactorials[requests] - logFactorials[errors] - logFactorials[requests - errors]
            + (errors * Math.Log(rate)) + ((requests - errors) * Math.Log(1 - rate));
        return log < NegligibleLog ? 0 : Math.Exp(log);
    }
}

/// <summary>Failed requests among all requests of one side.</summary>
internal readonly record struct ErrorCount(long Errors, long Requests)
{
    public double Rate => Errors / (double)Requests;
}
