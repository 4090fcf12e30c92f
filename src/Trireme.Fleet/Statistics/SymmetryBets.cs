using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Statistics;

/// <summary>
/// Bets on the sign and size of differences that lie symmetrically about zero, or below it, if the hypothesis is true. For a symmetric Z
/// and any odd g with values between -1 and 1 the factor 1 + g(Z) has mean 1, whatever the tails of Z are and however its spread changes
/// with time; these are all the tests of symmetry there are (A. Ramdas, J. Ruf, M. Larsson, W. Koolen, "Admissible anytime-valid
/// sequential inference must rely on nonnegative martingales", arXiv:2009.03167 (2020), section 7). g(z) = tanh(d·z/s) is the likelihood
/// ratio of two normal distributions at ±d standard deviations s. Nine tenths of it are staked: one block, such as a pause, multiplies the
/// evidence by 1.9 at most and by 0.1 at least. s is estimated from earlier blocks only, so that each bet is made before its outcome is
/// known.
/// </summary>
internal static class SymmetryBets
{
    /// <summary>
    /// Stakes in standard deviations of a block: a fifth more of a quantity that scatters by a third or by four, up to a multiple of one
    /// that hardly scatters.
    /// </summary>
    private static ReadOnlySpan<double> Stakes => [0.2, 0.4, 0.8, 2];

    /// <summary>
    /// What the spread of a block is taken for before blocks are known, in units of the logarithm for one request, and how many blocks
    /// that counts as. Latencies of one model scatter by about half their size and more.
    /// </summary>
    private const double PriorSpread = 0.5;

    private const double PriorBlocks = 2;

    private const double ShareStaked = 0.9;

    /// <summary>
    /// Standard deviations beyond which a block counts for no more in the spread: one pause must not hide what comes after it.
    /// </summary>
    private const double OutlierFrom = 3;

    /// <summary>Spreads below one part in a million are rounding.</summary>
    private const double SpreadMin = 1e-6;

    /// <summary>Evidence for a difference above zero (direction 1) or below it (-1) after one more block.</summary>
    public static BetEvidence After(BetEvidence before, double excess, double spread, int direction)
    {
        Span<double> logFactors = stackalloc double[Stakes.Length];
        for (int i = 0; i < logFactors.Length; i++)
        {
            logFactors[i] = Math.Log(1 + (ShareStaked * Math.Tanh(Stakes[i] * direction * excess / spread)));
        }

        return Wealth.After(before, logFactors);
    }

    /// <summary>A block's excess as far as it counts in the spread of later ones.</summary>
    public static double Clipped(double excess, double spread) => Math.Clamp(excess, -OutlierFrom * spread, OutlierFrom * spread);

    /// <summary>Standard deviation of a block, from earlier ones.</summary>
    public static double Spread(int blocks, double sum, double squareSum)
    {
        double about = blocks == 0 ? 0 : Math.Max(0, squareSum - (sum * sum / blocks));
        double variance = ((PriorBlocks * PriorSpread * PriorSpread) + about) / (PriorBlocks + Math.Max(0, blocks - 1));
        return Math.Max(SpreadMin, Math.Sqrt(variance));
    }
}
