using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Evaluation;
using static Trireme.Telemetry.PromQL.Syntax.ValueKind;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>How fast counters rise and gauges move.</summary>
internal static class RateFunctions
{
    /// <summary>
    /// Samples are taken to reach the edge of the range when the edge is within this many sample distances, which leaves room
    /// for the jitter of scrapes.
    /// </summary>
    private const double ReachInDistances = 1.1;

    public static IEnumerable<Function> All { get; } =
    [
        new RangeFunction("delta", static (in SampleWindow window) => Extrapolate(window, counter: false, perSecond: false), Matrix),
        new RangeFunction("idelta", static (in SampleWindow window) => LastTwo(window, counter: false), Matrix),
        new RangeFunction("increase", static (in SampleWindow window) => Extrapolate(window, counter: true, perSecond: false), Matrix),
        new RangeFunction("irate", static (in SampleWindow window) => LastTwo(window, counter: true), Matrix),
        new RangeFunction("rate", static (in SampleWindow window) => Extrapolate(window, counter: true, perSecond: true), Matrix),
    ];

    /// <summary>
    /// The change between first and last sample, scaled up to the edges of the range, or half a sample distance beyond the
    /// samples where an edge is far. A counter is never extrapolated below zero.
    /// </summary>
    private static double Extrapolate(in SampleWindow window, bool counter, bool perSecond)
    {
        if (window.Count < 2) return StaleMarker.Value;
        double change = window.Values[^1] - window.Values[0];
        if (counter) change += LostInResets(window.Values);
        double sampledSeconds = (window.Timestamps[^1] - window.Timestamps[0]) / 1000.0;
        double distanceSeconds = sampledSeconds / (window.Count - 1);
        double toStartSeconds = (window.Timestamps[0] - window.StartMs) / 1000.0;
        double toEndSeconds = (window.EndMs - window.Timestamps[^1]) / 1000.0;
        if (counter && change > 0 && window.Values[0] >= 0)
        {
            double toZeroSeconds = sampledSeconds * (window.Values[0] / change);
            toStartSeconds = Math.Min(toStartSeconds, toZeroSeconds);
        }

        double reachSeconds = distanceSeconds * ReachInDistances;
        double coveredSeconds = sampledSeconds
            + (toStartSeconds < reachSeconds ? toStartSeconds : distanceSeconds / 2)
            + (toEndSeconds < reachSeconds ? toEndSeconds : distanceSeconds / 2);
        double factor = coveredSeconds / sampledSeconds;
        if (perSecond) factor /= (window.EndMs - window.StartMs) / 1000.0;
        return change * factor;
    }

    /// <summary>A counter that falls has started again at zero, so what it had reached is added back.</summary>
    private static double LostInResets(ReadOnlySpan<double> values)
    {
        double lost = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] < values[i - 1]) lost += values[i - 1];
        }

        return lost;
    }

    private static double LastTwo(in SampleWindow window, bool counter)
    {
        if (window.Count < 2) return StaleMarker.Value;
        (double last, double previous) = (window.Values[^1], window.Values[^2]);
        double change = counter && last < previous ? last : last - previous;
        return counter ? change / ((window.Timestamps[^1] - window.Timestamps[^2]) / 1000.0) : change;
    }
}
