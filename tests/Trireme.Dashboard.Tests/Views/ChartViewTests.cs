using CsCheck;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Views;

public sealed class ChartViewTests
{
    private static readonly TimeRange Range = new(0, 30, 10);

    [Fact]
    public void A_latency_nobody_measured_is_a_gap_and_a_rate_nobody_caused_is_zero()
    {
        MetricRange line = Samples.Line(null, 0.25, null, 0.5);
        ChartView latency = ChartView.From("TTFT", "milliseconds", 1000, null, Range, ("a", line));
        ChartView rate = ChartView.From("Requests", "per second", 1, 0, Range, ("a", line));
        Assert.Equal([null, 250, null, 500], ValuesOf(latency));
        Assert.Equal([0, 0.25, 0, 0.5], ValuesOf(rate));
    }

    [Fact]
    public void A_line_without_any_value_is_not_drawn()
    {
        Assert.True(ChartView.From("TTFT", "ms", 1, null, Range, ("a", Samples.Line(null, null)), ("b", null)).IsEmpty);
        ChartView some = ChartView.From("TTFT", "ms", 1, null, Range, ("a", Samples.Line(null, null)), ("b", Samples.Line(1)));
        Assert.Equal(["b"], some.Series.Select(line => line.Name));
    }

    [Theory]
    [InlineData(0.0, 1, 1.0)]
    [InlineData(0.3, 1, 1.0)]
    [InlineData(4.2, 1, 5.0)]
    [InlineData(6.0, 2, 6.0)]
    [InlineData(17.0, 5, 20.0)]
    [InlineData(731.0, 200, 800.0)]
    public void The_vertical_axis_fits_the_highest_value(double highest, int spacing, double top)
    {
        ChartView chart = ChartView.From("TTFT", "ms", 1, null, Range, ("low", Samples.Line(0)), ("high", Samples.Line(null, highest)));
        Assert.Equal((spacing, top), (chart.TickSpacing, chart.Top));
    }

    [Fact]
    public void Any_value_below_a_billion_lies_under_the_top_with_at_most_five_ticks() =>
        Gen.Double[0, 1e9].Sample(highest =>
        {
            ChartView chart = ChartView.From("x", "y", 1, null, Range, ("a", Samples.Line(highest)));
            double drawn = ValuesOf(chart)[0]!.Value;
            Assert.True(drawn <= chart.Top && chart.Top / chart.TickSpacing <= 5, $"{highest}: top {chart.Top} by {chart.TickSpacing}");
        });

    [Fact]
    public void A_quarter_of_an_hour_has_five_clock_times()
    {
        var range = TimeRange.Last(TimeSpan.FromMinutes(15), 10, Samples.Now);
        ChartView chart = ChartView.From("x", "y", 1, null, range, ("a", Samples.Line(1)));
        Assert.Equal(91, chart.Labels.Count);
        Assert.Equal(5, chart.Labels.Count(label => label.Length > 0));
    }

    [Fact]
    public void A_range_keeps_its_steps_from_one_refresh_to_the_next()
    {
        var first = TimeRange.Last(TimeSpan.FromMinutes(15), 10, Samples.Now.AddSeconds(3));
        var second = TimeRange.Last(TimeSpan.FromMinutes(15), 10, Samples.Now.AddSeconds(9));
        Assert.Equal(first, second);
        Assert.Equal(91, first.Points);
        Assert.Equal(Samples.Now, first.TimeAt(90));
        Assert.Equal(Samples.Now.AddMinutes(-15), first.TimeAt(0));
    }

    private static double?[] ValuesOf(ChartView chart) =>
        [.. chart.Series[0].Data.Points.Select(point => point.HasValue ? point.Y : (double?)null)];
}
