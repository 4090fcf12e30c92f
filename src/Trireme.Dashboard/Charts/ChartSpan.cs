namespace Trireme.Dashboard.Charts;

/// <summary>How far back charts go.</summary>
public enum ChartSpan
{
    Quarter,
    Hour,

    /// <summary>As far as the metrics' store goes.</summary>
    Everything,
}

/// <summary>Spans as ranges of time and in words.</summary>
internal static class ChartSpans
{
    private const int PointsMax = 121;

    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(15);

    private static readonly int[] Steps = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

    public static string Label(ChartSpan span) => span switch
    {
        ChartSpan.Quarter => "15 min",
        ChartSpan.Hour => "1 h",
        _ => "all",
    };

    /// <param name="span">How far back.</param>
    /// <param name="now">The end.</param>
    /// <param name="oldest">Time of the oldest sample; null while nobody knows, which is taken for an hour.</param>
    public static TimeRange RangeOf(ChartSpan span, DateTimeOffset now, DateTimeOffset? oldest)
    {
        TimeSpan length = span switch
        {
            ChartSpan.Quarter => Shortest,
            ChartSpan.Hour => TimeSpan.FromHours(1),
            _ => now - (oldest ?? now.AddHours(-1)),
        };
        if (length < Shortest) length = Shortest;
        int step = Array.Find(Steps, candidate => length.TotalSeconds / candidate < PointsMax);
        if (step == 0) step = (int)Math.Ceiling(length.TotalSeconds / (PointsMax - 1));
        return TimeRange.Last(length, step, now) with { RecordedSince = oldest };
    }

    /// <summary>"15 min", "3 h" or "2 d", for titles and empty charts.</summary>
    public static string Words(TimeRange range)
    {
        var length = TimeSpan.FromSeconds(range.EndSeconds - range.StartSeconds);
        return length.TotalMinutes < 120 ? $"{length.TotalMinutes:0} minutes"
            : length.TotalHours < 48 ? $"{length.TotalHours:0} hours"
            : $"{length.TotalDays:0} days";
    }
}
