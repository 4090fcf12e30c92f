using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Evaluation;
using static Trireme.Telemetry.PromQL.Syntax.ValueKind;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>Lines and smoothed curves through gauges.</summary>
internal static class TrendFunctions
{
    public static IEnumerable<Function> All { get; } =
    [
        new RangeFunction("deriv", static (in SampleWindow window) => Derivative(window), Matrix),
        new RangeFunction("holt_winters", static (in SampleWindow window) => Smooth(window), Matrix, Scalar, Scalar),
        new RangeFunction("predict_linear", static (in SampleWindow window) => Predict(window), Matrix, Scalar) { DependsOnTime = true },
    ];

    private static double Derivative(in SampleWindow window) =>
        window.Count < 2 ? StaleMarker.Value : Regress(window, window.Timestamps[0]).Slope;

    private static double Predict(in SampleWindow window)
    {
        if (window.Count < 2) return StaleMarker.Value;
        (double slope, double intercept) = Regress(window, window.StepMs);
        return (slope * window.Arguments[0]) + intercept;
    }

    /// <summary>The least-squares line; its intercept is the value at the origin.</summary>
    private static (double Slope, double Intercept) Regress(in SampleWindow window, long originMs)
    {
        if (IsConstant(window.Values))
        {
            return double.IsInfinity(window.Values[0]) ? (double.NaN, double.NaN) : (0, window.Values[0]);
        }

        CompensatedSum x = default;
        CompensatedSum y = default;
        CompensatedSum xy = default;
        CompensatedSum xx = default;
        for (int i = 0; i < window.Count; i++)
        {
            double seconds = (window.Timestamps[i] - originMs) / 1000.0;
            x.Add(seconds);
            y.Add(window.Values[i]);
            xy.Add(seconds * window.Values[i]);
            xx.Add(seconds * seconds);
        }

        double n = window.Count;
        double covariance = xy.Value - (x.Value * y.Value / n);
        double variance = xx.Value - (x.Value * x.Value / n);
        double slope = covariance / variance;
        return (slope, (y.Value / n) - (slope * x.Value / n));
    }

    /// <summary>NaN is not constant: it differs from itself.</summary>
    private static bool IsConstant(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (value != values[0]) return false;
        }

        return true;
    }

    /// <summary>
    /// Double exponential smoothing (Holt's linear trend): level and trend are updated by each sample, with a factor each between
    /// 0 and 1; the higher, the more recent samples count.
    /// </summary>
    private static double Smooth(in SampleWindow window)
    {
        (double levelFactor, double trendFactor) = (window.Arguments[0], window.Arguments[1]);
        CheckFactor("smoothing", "sf", levelFactor);
        CheckFactor("trend", "tf", trendFactor);
        if (window.Count < 2) return StaleMarker.Value;
        double previous = 0;
        double level = window.Values[0];
        double trend = window.Values[1] - window.Values[0];
        for (int i = 1; i < window.Count; i++)
        {
            if (i > 1) trend = (trendFactor * (level - previous)) + ((1 - trendFactor) * trend);
            double next = (levelFactor * window.Values[i]) + ((1 - levelFactor) * (level + trend));
            (previous, level) = (level, next);
        }

        return level;
    }

    private static void CheckFactor(string name, string symbol, double factor)
    {
        if (factor is > 0 and < 1) return;
        throw QueryException.Execution($"invalid {name} factor. Expected: 0 < {symbol} < 1, got: {FloatText.Format(factor)}");
    }
}
