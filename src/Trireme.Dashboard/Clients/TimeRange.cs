namespace Trireme.Dashboard.Clients;

/// <summary>The steps of a chart, aligned so that a point keeps its value from one refresh to the next.</summary>
public sealed record TimeRange(long StartSeconds, long EndSeconds, int StepSeconds)
{
    public int Points => (int)((EndSeconds - StartSeconds) / StepSeconds) + 1;

    public static TimeRange Last(TimeSpan length, int stepSeconds, DateTimeOffset now)
    {
        long end = now.ToUnixTimeSeconds() / stepSeconds * stepSeconds;
        return new TimeRange(end - (long)length.TotalSeconds / stepSeconds * stepSeconds, end, stepSeconds);
    }

    public DateTimeOffset TimeAt(int point) => DateTimeOffset.FromUnixTimeSeconds(StartSeconds + (long)point * StepSeconds);
}
