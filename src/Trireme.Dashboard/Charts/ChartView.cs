using System.Globalization;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Charts;

/// <summary>Lines over a range of time in the form the chart component takes.</summary>
public sealed record ChartView(string Title, string Unit, TimeRange? Range, IReadOnlyList<ChartLine> Lines)
{
    private const int LabelCount = 5;
    private const int MaxTicks = 5;

    public bool IsEmpty => Lines.Count == 0;

    /// <summary>Why the lines, or some of them, could not be read; null while they could.</summary>
    public string? Problem { get; init; }

    /// <summary>What happened meanwhile, by time.</summary>
    public IReadOnlyList<ChartMark> Marks { get; init; } = [];

    /// <summary>Distance of the horizontal lines: 1, 2 or 5 times a power of ten, so that five of them hold the highest value.</summary>
    public int TickSpacing { get; private init; } = 1;

    /// <summary>Top of the vertical axis, on a tick and never below the highest value that was measured.</summary>
    public double Top { get; private init; } = 1;

    /// <summary>Values of the horizontal lines, from the top down to zero.</summary>
    public IReadOnlyList<double> Ticks => [.. Enumerable.Range(0, (int)(Top / TickSpacing) + 1).Select(i => Top - (double)i * TickSpacing)];

    /// <summary>The part of the width, from 0 to 1, in which nothing was recorded; null where there is none.</summary>
    public double? EmptyPart => Range is { EmptyUntil: { } since } range ? Math.Clamp(range.PositionOf(since), 0, 1) : null;

    /// <summary>A few clock times at even distances, from the first point to the last.</summary>
    public IReadOnlyList<string> Times => Range is not { } range
        ? []
        :
        [
            .. Enumerable.Range(0, LabelCount).Select(i => range
                .TimeAt((int)Math.Round((double)i * (range.Points - 1) / (LabelCount - 1)))
                .ToLocalTime().ToString("HH:mm", CultureInfo.InvariantCulture)),
        ];

    /// <summary>
    /// Makes one line per named range; <paramref name="scale"/> turns the metric's unit into the chart's. Where there is no value,
    /// a rate (<paramref name="missing"/> 0) is nothing per second, and a latency (null) is unknown and leaves a gap. Before the range's
    /// first record nothing is known of either.
    /// </summary>
    public static ChartView From(
        string title,
        string unit,
        double scale,
        double? missing,
        TimeRange? range,
        params IEnumerable<(string Name, ReleaseTone Tone, MetricRange? Values)> lines)
    {
        return new ChartView(
            title,
            unit,
            range,
            [
                .. lines
                    .Where(line => line.Values is not null && line.Values.Values.Any(value => value is not null))
                    .Select(line => new ChartLine(
                        line.Name, line.Tone, [.. line.Values!.Values.Select((value, i) => Scaled(value ?? Missing(i), scale))])),
            ]).Scaled();

        double? Missing(int point) => range?.EmptyUntil is { } since && range.TimeAt(point) < since ? null : missing;
    }

    /// <summary>The same chart with limits as lines beside what was measured.</summary>
    public ChartView With(IEnumerable<ChartLine> limits) => (this with { Lines = [.. Lines, .. limits] }).Scaled();

    private ChartView Scaled()
    {
        double highest = Lines.SelectMany(line => line.Values).Max() ?? 0;
        int spacing = Spacing(highest);
        return this with { TickSpacing = spacing, Top = Math.Max(1, Math.Ceiling(highest / spacing)) * spacing };
    }

    private static double? Scaled(double? value, double scale) => value is null ? null : Math.Round(value.Value * scale, 3);

    private static int Spacing(double highest)
    {
        for (int power = 1; power <= 100_000_000; power *= 10)
        {
            foreach (int factor in (ReadOnlySpan<int>)[1, 2, 5])
            {
                if (highest <= (double)factor * power * MaxTicks) return factor * power;
            }
        }

        return 1_000_000_000;
    }
}
