using System.Globalization;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>Says what a start takes, for people.</summary>
public static class StartupWords
{
    /// <summary>
    /// The two phases that every start has, such as "create 0.4 s (forecast 0.3 s), load 12 s so far (forecast 9 s)"; null where no start
    /// is recorded.
    /// </summary>
    public static string? Of(ScalingStatus? scaling)
    {
        if (scaling?.Startup is not { Count: > 0 } phases) return null;
        return string.Join(", ", phases.Where(static phase => phase.Phase is StartupLedger.Create or StartupLedger.Load).Select(Of));
    }

    private static string Of(StartupPhase phase)
    {
        string took = phase.Seconds is not { } seconds ? "not begun" : phase.Done ? Seconds(seconds) : $"{Seconds(seconds)} so far";
        return phase.ForecastSeconds is { } forecast ? $"{phase.Phase} {took} (forecast {Seconds(forecast)})" : $"{phase.Phase} {took}";
    }

    private static string Seconds(double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{(seconds < 10 ? Math.Round(seconds, 1) : Math.Round(seconds))} s");
}
