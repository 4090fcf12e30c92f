using Trireme.Telemetry.PromQL.Evaluation;
using static Trireme.Telemetry.PromQL.Syntax.ValueKind;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>Statistics of the samples in a window.</summary>
internal static class WindowFunctions
{
    public static IEnumerable<Function> All { get; } =
    [
        new RangeFunction("avg_over_time", static (in SampleWindow window) => Average(window.Values), Matrix),
        new RangeFunction("changes", static (in SampleWindow window) => Changes(window.Values), Matrix),
        new RangeFunction("count_over_time", static (in SampleWindow window) => window.Count, Matrix),
        new RangeFunction("last_over_time", static (in SampleWindow window) => window.Values[^1], Matrix) { KeepsName = true },
        new RangeFunction("max_over_time", static (in SampleWindow window) => Max(window.Values), Matrix),
        new RangeFunction("min_over_time", static (in SampleWindow window) => Min(window.Values), Matrix),
        new RangeFunction("present_over_time", static (in SampleWindow _) => 1, Matrix),
        new RangeFunction("quantile_over_time", static (in SampleWindow window) => QuantileOf(window), Scalar, Matrix),
        new RangeFunction("resets", static (in SampleWindow window) => Resets(window.Values), Matrix),
        new RangeFunction("stddev_over_time", static (in SampleWindow window) => Math.Sqrt(Variance(window.Values)), Matrix),
        new RangeFunction("stdvar_over_time", static (in SampleWindow window) => Variance(window.Values), Matrix),
        new RangeFunction("sum_over_time", static (in SampleWindow window) => Sum(window.Values), Matrix),
    ];

    private static double Sum(ReadOnlySpan<double> values)
    {
        CompensatedSum sum = default;
        foreach (double value in values) sum.Add(value);
        return sum.Value;
    }

    private static double Average(ReadOnlySpan<double> values)
    {
        CompensatedSum mean = default;
        double count = 0;
        foreach (double value in values)
        {
            count++;
            if (!RunningMean.IsSettled(mean.Rounded, value)) mean.Add((value / count) - (mean.Rounded / count));
        }

        return mean.Value;
    }

    /// <summary>Welford's method with compensated sums.</summary>
    private static double Variance(ReadOnlySpan<double> values)
    {
        CompensatedSum mean = default;
        CompensatedSum squares = default;
        double count = 0;
        foreach (double value in values)
        {
            count++;
            double delta = value - mean.Value;
            mean.Add(delta / count);
            squares.Add(delta * (value - mean.Value));
        }

        return squares.Value / count;
    }

    private static double Min(ReadOnlySpan<double> values)
    {
        double min = values[0];
        foreach (double value in values)
        {
            if (value < min || double.IsNaN(min)) min = value;
        }

        return min;
    }

    private static double Max(ReadOnlySpan<double> values)
    {
        double max = values[0];
        foreach (double value in values)
        {
            if (value > max || double.IsNaN(max)) max = value;
        }

        return max;
    }

    private static double Changes(ReadOnlySpan<double> values)
    {
        int changes = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (!values[i].Equals(values[i - 1]) && values[i] != values[i - 1]) changes++;
        }

        return changes;
    }

    private static double Resets(ReadOnlySpan<double> values)
    {
        int resets = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] < values[i - 1]) resets++;
        }

        return resets;
    }

    private static double QuantileOf(in SampleWindow window) => Quantile.Of(window.Arguments[0], window.Values.ToArray());
}
