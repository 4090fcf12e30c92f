namespace Trireme.Telemetry.PromQL;

/// <summary>The times a query may name; sums of a few of them stay far from overflow in milliseconds.</summary>
internal static class TimeBounds
{
    /// <summary>About 31,700 years from the Unix epoch, either way.</summary>
    public const double MaxSeconds = 1e12;
}
