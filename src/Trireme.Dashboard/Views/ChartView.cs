using System.Globalization;
using MudBlazor;
using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Views;

/// <summary>Lines over the last minutes in the form the chart component takes.</summary>
public sealed record ChartView(string Title, string Unit, IReadOnlyList<ChartSeries<double>> Series, IReadOnlyList<string> Labels)
{
    private const int LabelCount = 5;

    public bool IsEmpty => Series.Count == 0;

    /// <summary>Makes one line per named range; <paramref name="scale"/> turns the metric's unit into the chart's.</summary>
    public static ChartView From(string title, string unit, double scale, TimeRange? range, params IEnumerable<(string Name, MetricRange? Values)> lines)
    {
        ChartSeries<double>[] series =
        [
            .. lines
                .Where(line => line.Values is not null && line.Values.Values.Any(value => value is not null))
                .Select(line => new ChartSeries<double>
                {
                    Name = line.Name,
                    // A gap would break the line off; before the first request there simply were none.
                    Data = new ChartData<double>([.. line.Values!.Values.Select(value => Math.Round((value ?? 0) * scale, 3))]),
                }),
        ];
        return new ChartView(title, unit, series, range is null ? [] : Times(range));
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
