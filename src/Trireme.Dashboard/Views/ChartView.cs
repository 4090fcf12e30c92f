using System.Globalization;
using MudBlazor;
using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Views;

/// <summary>Lines over the last minutes in the form the chart component takes.</summary>
public sealed record ChartView(string Title, string Unit, IReadOnlyList<ChartSeries<double>> Series, IReadOnlyList<string> Labels)
{
    private const int LabelCount = 5;
    private const int MaxTicks = 5;

    public bool IsEmpty => Series.Count == 0;

    /// <summary>Why the lines, or some of them, could not be read; null while they could.</summary>
    public string? Problem { get; init; }

    /// <summary>Distance of the horizontal lines: 1, 2 or 5 times a power of ten, so that five of them hold the highest value.</summary>
    public int TickSpacing { get; private init; } = 1;

    /// <summary>Top of the vertical axis, on a tick and never below the highest value.</summary>
    public double Top { get; private init; } = 1;

    /// <summary>
    /// Makes one line per named range; <paramref name="scale"/> turns the metric's unit into the chart's. Where there is no value,
    /// a rate (<paramref name="missing"/> 0) is nothing per second, and a latency (null) is unknown and leaves a gap.
    /// </summary>
    public static ChartView From(
        string title,
        string unit,
        double scale,
        double? missing,
        TimeRange? range,
        params IEnumerable<(string Name, MetricRange? Values)> lines)
    {
        (string Name, double?[] Values)[] drawn =
        [
            .. lines
                .Where(line => line.Values is not null && line.Values.Values.Any(value => value is not null))
                .Select(line => (line.Name, line.Values!.Values.Select(value => Scaled(value ?? missing, scale)).ToArray())),
        ];
        ChartSeries<double>[] series =
            [.. drawn.Select(line => new ChartSeries<double> { Name = line.Name, Data = new ChartData<double>(line.Values) })];
        double highest = drawn.SelectMany(line => line.Values).Max() ?? 0;
        int spacing = Spacing(highest);
        return new ChartView(title, unit, series, range is null ? [] : Times(range))
        {
            TickSpacing = spacing,
            Top = Math.Max(1, Math.Ceiling(highest / spacing)) * spacing,
        };
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

    /// <summary>A few clock times; the other points carry no label.</summary>
    private static string[] Times(TimeRange range)
    {
        int every = Math.Max(1, (range.Points - 1) / (LabelCount - 1));
        return
        [
            .. Enumerable.Range(0, range.Points).Select(point =>
                point % every == 0 ? range.TimeAt(point).ToLocalTime().ToString("HH:mm", CultureInfo.InvariantCulture) : ""),
        ];
    }
}
