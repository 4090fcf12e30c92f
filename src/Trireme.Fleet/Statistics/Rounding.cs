namespace Trireme.Fleet.Statistics;

/// <summary>Tells differences from what arithmetic leaves of none.</summary>
internal static class Rounding
{
    private const double Tolerance = 1e-9;

    /// <summary>
    /// The difference, or zero where it is rounding, such as 0.03 - 0.02 - 0.01: the last digits of two equal measurements are no
    /// difference, however often they point the same way.
    /// </summary>
    public static double Drop(double difference) => Math.Abs(difference) < Tolerance ? 0 : difference;
}
