namespace Trireme.Fleet.Statistics;

/// <summary>
/// Wilcoxon's signed-rank test, one-sided: how likely are differences that lie this far above zero if they are centred on zero
/// or below? It ranks instead of averaging, so that one paused window does not decide, and it is exact for few pairs.
/// Source: F. Wilcoxon, "Individual Comparisons by Ranking Methods", Biometrics Bulletin 1 (1945); pairs without a difference
/// are dropped as he does, ties share their mean rank and the distribution is the exact one given those ranks.
/// </summary>
internal static class SignedRankTest
{
    /// <summary>Up to here all sign patterns are counted; beyond, the normal approximation is off by less than 0.001.</summary>
    private const int MaxExactPairs = 100;

    /// <summary>Chance of a positive rank sum at least as large as the one seen.</summary>
    public static double UpperTail(ReadOnlySpan<double> differences)
    {
        double[] nonZero = [.. differences.ToArray().Where(static difference => difference != 0)];
        if (nonZero.Length == 0) return 1;

        int[] ranks = DoubledRanks(nonZero);
        int positive = 0;
        for (int i = 0; i < nonZero.Length; i++)
        {
            if (nonZero[i] > 0) positive += ranks[i];
        }

        return nonZero.Length <= MaxExactPairs ? ExactTail(ranks, positive) : NormalTail(ranks, positive);
    }

    /// <summary>Twice the mid-ranks of the magnitudes: whole numbers even where two share a rank.</summary>
    private static int[] DoubledRanks(double[] values)
    {
        int[] order = new int[values.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(order, (a, b) => Math.Abs(values[a]).CompareTo(Math.Abs(values[b])));

        int[] ranks = new int[values.Length];
        for (int first = 0; first < order.Length;)
        {
            int last = first;
            while (last + 1 < order.Length && Math.Abs(values[order[last + 1]]).Equals(Math.Abs(values[order[first]]))) last++;
            for (int i = first; i <= last; i++) ranks[order[i]] = first + 1 + last + 1;
            first = last + 1;
        }

        return ranks;
    }

    /// <summary>Every sign is a fair coin under the null hypothesis, so the sum is built up rank by rank.</summary>
    private static double ExactTail(int[] ranks, int positive)
    {
        double[] chance = new double[ranks.Sum() + 1];
        chance[0] = 1;
        int reached = 0;
        foreach (int rank in ranks)
        {
            reached += rank;
            for (int sum = reached; sum >= 0; sum--)
            {
                chance[sum] = 0.5 * (chance[sum] + (sum >= rank ? chance[sum - rank] : 0));
            }
        }

        double tail = 0;
        for (int sum = chance.Length - 1; sum >= positive; sum--) tail += chance[sum];
        return Math.Min(1, tail);
    }

    private static double NormalTail(int[] ranks, int positive)
    {
        double mean = 0;
        double variance = 0;
        foreach (int rank in ranks)
        {
            mean += rank / 2.0;
            variance += rank * (double)rank / 4;
        }

        // The doubled rank sum moves in steps of two, so half a step is one.
        return NormalDistribution.UpperTail((positive - 1 - mean) / Math.Sqrt(variance));
    }
}
