namespace Trireme.Dashboard.Charts;

/// <summary>The steps of a chart, aligned so that a point keeps its value from one refresh to the next.</summary>
public sealed record TimeRange(long StartSeconds, long EndSeconds, int StepSeconds)
{
    /// <summary>
    /// Time of the oldest sample that is kept; null where nobody knows. Before it nothing was recorded, which is not zero.
    /// </summary>
    public DateTimeOffset? RecordedSince { get; init; }

    /// <summary>The same where it is later than the first point, so that a part of the range is empty.</summary>
    public DateTimeOffset? EmptyUntil => RecordedSince > TimeAt(0) ? RecordedSince : null;

    public int Points => (int)((EndSeconds - StartSeconds) / StepSeconds) + 1;

    public static TimeRange Last(TimeSpan length, int stepSeconds, DateTimeOffset now)
    {
        long end = now.ToUnixTimeSeconds() / stepSeconds * stepSeconds;
        return new TimeRange(end - (long)length.TotalSeconds / stepSeconds * stepSeconds, end, stepSeconds);
    }

    public DateTimeOffset TimeAt(int point) => DateTimeOffset.FromUnixTimeSeconds(StartSeconds + (long)point * StepSeconds);

    /// <summary>Where a time lies between the first point (0) and the last (1).</summary>
    public double PositionOf(DateTimeOffset time) =>
        (time.ToUnixTimeMilliseconds() / 1000.0 - StartSeconds) / Math.Max(1, EndSeconds - StartSeconds);
}
