namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>A mean that is updated value by value, so that values near the largest double do not overflow a sum.</summary>
internal static class RunningMean
{
    /// <summary>The mean after one more value.</summary>
    /// <param name="mean">The mean so far.</param>
    /// <param name="value">The value to add.</param>
    /// <param name="count">The number of values with this one.</param>
    public static double Next(double mean, double value, double count) =>
        IsSettled(mean, value) ? mean : mean + ((value / count) - (mean / count));

    /// <summary>True for an infinite mean that the value cannot change: a finite value, or the same infinity.</summary>
    public static bool IsSettled(double mean, double value)
    {
        if (!double.IsInfinity(mean)) return false;
        return double.IsFinite(value) || mean.Equals(value);
    }
}
