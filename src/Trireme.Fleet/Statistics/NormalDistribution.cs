namespace Trireme.Fleet.Statistics;

internal static class NormalDistribution
{
    /// <summary>
    /// Chance of a standard normal value of at least z, within 7.5e-8.
    /// Source: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions" (1964), formula 26.2.17.
    /// </summary>
    public static double UpperTail(double z)
    {
        if (z < 0) return 1 - UpperTail(-z);
        double t = 1 / (1 + (0.2316419 * z));
        double polynomial = t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * polynomial;
    }
}
