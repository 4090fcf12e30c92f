using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Statistics;

/// <summary>
/// Testing by betting. Players bet against a hypothesis at odds that are fair, or worse, if it is true; the mean of their money is then
/// a nonnegative supermartingale that starts at 1, and the chance that it ever reaches 1/α is at most α, however often it is looked at
/// (J. Ville, "Étude critique de la notion de collectif" (1939); A. Ramdas, P. Grünwald, V. Vovk, G. Shafer, "Game-theoretic statistics
/// and safe anytime-valid inference", Statistical Science 38 (2023)). Averaging over players who stake differently spares one from
/// knowing beforehand how large the difference is, and money that is put on the table later from knowing when it begins: a release that
/// turns bad after an hour has long lost what was bet on it before (mixtures over starting times, as in J. Shin, A. Ramdas, A. Rinaldo,
/// "E-detectors: a nonparametric framework for sequential change detection", New England Journal of Statistics in Data Science 2 (2024),
/// but with starting money that sums to 1, so that it is the chance over all time that is bounded).
/// </summary>
internal static class Wealth
{
    /// <summary>What each player puts on the table at once; the rest follows bit by bit.</summary>
    private const double FirstBet = 0.8;

    /// <summary>The evidence after what each player has on the table was multiplied; factors are given by their logarithms.</summary>
    public static BetEvidence After(BetEvidence before, ReadOnlySpan<double> logFactors)
    {
        long bets = before.Bets + 1;

        // 1/(1·2) + 1/(2·3) + … + 1/((n-1)n) = 1 - 1/n of the rest has followed by the n-th bet.
        double added = bets == 1 ? FirstBet : (1 - FirstBet) / ((bets - 1.0) * bets);
        double reserve = (1 - FirstBet) / bets;
        double[] wealth = new double[logFactors.Length];
        for (int i = 0; i < wealth.Length; i++)
        {
            double onTable = before.LogWealth.Count == wealth.Length ? before.LogWealth[i] : double.NegativeInfinity;
            wealth[i] = LogSum(onTable, Math.Log(added)) + logFactors[i];
        }

        double total = LogSum(LogMean(wealth), Math.Log(reserve));
        return new BetEvidence { Bets = bets, LogWealth = wealth, LogPeak = Math.Max(before.LogPeak, total) };
    }

    /// <summary>Logarithm of the sum of two numbers that are given by theirs.</summary>
    private static double LogSum(double a, double b) => Math.Max(a, b) + Math.Log(1 + Math.Exp(-Math.Abs(a - b)));

    /// <summary>
    /// A p-value that is valid at every look: the chance that the money of so many players ever gets as high if the hypothesis is true.
    /// </summary>
    public static double PValue(BetEvidence evidence) => Math.Min(1, Math.Exp(-evidence.LogPeak));

    private static double LogMean(double[] logs)
    {
        double largest = logs.Max();
        double sum = 0;
        foreach (double log in logs) sum += Math.Exp(log - largest);
        return largest + Math.Log(sum / logs.Length);
    }
}
