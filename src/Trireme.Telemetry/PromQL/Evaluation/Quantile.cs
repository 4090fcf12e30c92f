namespace Trireme.Telemetry.PromQL.Evaluation;

internal static class Quantile
{
    /// <summary>
    /// The quantile with linear interpolation between neighbours. Below 0 it is -Inf, above 1 +Inf. Sorts the values in place,
    /// NaN first.
    /// </summary>
    public static double Of(double quantile, Span<double> values)
    {
        if (values.IsEmpty || double.IsNaN(quantile)) return double.NaN;
        if (quantile < 0) return double.NegativeInfinity;
        if (quantile > 1) return double.PositiveInfinity;
        values.Sort();
        double rank = quantile * (values.Length - 1);
        int lower = (int)Math.Floor(rank);
        int upper = Math.Min(values.Length - 1, lower + 1);
        double weight = rank - Math.Floor(rank);
        return (values[lower] * (1 - weight)) + (values[upper] * weight);
    }
}
