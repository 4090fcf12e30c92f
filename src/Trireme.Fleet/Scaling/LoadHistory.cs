using System.Collections.Immutable;

namespace Trireme.Fleet.Scaling;

/// <summary>The work that came in the last half hour, reading by reading, and where it leads.</summary>
public sealed record LoadHistory
{
    /// <summary>What is kept.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(32);

    /// <summary>Work is averaged over this time: long against the gaps between requests, short against a start.</summary>
    public static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(30);

    /// <summary>Time over which a trend is fitted.</summary>
    private static readonly TimeSpan TrendWindow = TimeSpan.FromSeconds(120);

    /// <summary>Time between readings that are kept; looks may follow one another faster.</summary>
    private static readonly TimeSpan PointPause = TimeSpan.FromSeconds(1);

    /// <summary>Readings that are kept; of more of them the oldest go.</summary>
    private const int PointsMax = 2000;

    /// <summary>Readings from which a trend is told.</summary>
    private const int TrendPointsMin = 8;

    /// <summary>A trend is followed to so many times the present rate: steeper ones are the flank of a burst.</summary>
    private const double TrendMax = 2;

    public static LoadHistory Empty { get; } = new();

    /// <summary>Readings, oldest first.</summary>
    private ImmutableList<Point> Points { get; init; } = [];

    /// <summary>Time that the readings cover.</summary>
    public TimeSpan Known
    {
        get
        {
            if (Points.Count < 2) return TimeSpan.Zero;
            TimeSpan newest = Points[^1].At;
            return newest - Points[0].At;
        }
    }

    /// <summary>Work per second over the last rate window.</summary>
    public double Rate => Points is [.., var last] ? last.Rate : 0;

    /// <summary>The history with a further reading.</summary>
    /// <param name="now">Steady time of the reading.</param>
    /// <param name="arrived">Work that has arrived since any origin, whichever router counted it.</param>
    public LoadHistory With(TimeSpan now, double arrived)
    {
        if (Points is [.., var newest] && now - newest.At < PointPause) return this;
        ImmutableList<Point> points = Points.Add(new Point(now, arrived, RateAt(now, arrived)));
        while (points.Count > PointsMax || points[0].At < now - Length) points = points.RemoveAt(0);
        return this with { Points = points };
    }

    /// <summary>The highest rate to expect within a time: the present one, or where its trend leads if it rises.</summary>
    public double Expected(TimeSpan within)
    {
        double seconds = Math.Min(within.TotalSeconds, TrendWindow.TotalSeconds);
        return Math.Clamp(Rate + (Slope() * seconds), Rate, TrendMax * Rate);
    }

    /// <summary>What came in the last so much time, oldest first.</summary>
    public Arrivals Last(TimeSpan within)
    {
        if (Points.Count < 2) return Arrivals.None;
        TimeSpan from = Points[^1].At - within;
        int first = Points.Count - 1;
        while (first > 0 && Points[first].At > from) first--;
        var parts = new (double Seconds, double Work)[Points.Count - 1 - first];
        Point before = Points[first];
        double highest = before.Rate;
        int next = 0;
        foreach (Point point in Points.GetRange(first + 1, parts.Length))
        {
            TimeSpan at = point.At;
            parts[next++] = ((at - before.At).TotalSeconds, point.Arrived - before.Arrived);
            highest = Math.Max(highest, point.Rate);
            before = point;
        }

        return new Arrivals(parts, highest);
    }

    private double RateAt(TimeSpan now, double arrived)
    {
        int first = Points.Count - 1;
        while (first > 0 && Points[first].At >= now - RateWindow) first--;
        if (first < 0 || now <= Points[first].At) return 0;

        // A reading that lies long back, because others were lost, still bounds the rate since.
        Point from = Points[first];
        return Math.Max(0, arrived - from.Arrived) / Math.Max((now - from.At).TotalSeconds, RateWindow.TotalSeconds / 6);
    }

    /// <summary>
    /// Rise of the rate per second, by least squares, as far as it is certain: the lower end of its interval, zero while it may as well be
    /// chance.
    /// </summary>
    private double Slope()
    {
        if (Known < TrendWindow / 2) return 0;
        TimeSpan newest = Points[^1].At;
        (double n, double x, double y, double xx, double xy, double yy) = (0, 0, 0, 0, 0, 0);
        TimeSpan oldest = newest;
        for (int i = Points.Count - 1; i >= 0 && Points[i].At >= newest - TrendWindow; i--)
        {
            (oldest, _, double rate) = Points[i];
            double at = (oldest - newest).TotalSeconds;
            n++;
            x += at;
            y += rate;
            xx += at * at;
            xy += at * rate;
            yy += rate * rate;
        }

        if (n < TrendPointsMin) return 0;
        double spread = xx - (x * x / n);
        double slope = (xy - (x * y / n)) / spread;
        double left = Math.Max(0, yy - (y * y / n) - (slope * slope * spread));

        // Neighbouring rates share arrivals: only one in each rate window counts as a measurement of its own.
        double independent = Math.Max(3, (newest - oldest) / RateWindow);
        double error = Math.Sqrt(left / spread / (independent - 2));
        return Math.Max(0, slope - (2 * error));
    }

    private readonly record struct Point(TimeSpan At, double Arrived, double Rate);
}
