using System.Globalization;
using CsCheck;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Charts;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Charts;

public sealed class ChartViewTests
{
    private static readonly TimeRange Range = new(0, 30, 10);

    [Fact]
    public void A_latency_nobody_measured_is_a_gap_and_a_rate_nobody_caused_is_zero()
    {
        MetricRange line = Samples.Line(null, 0.25, null, 0.5);
        ChartView latency = Chart("TTFT", 1000, null, ("a", line));
        ChartView rate = Chart("Requests", 1, 0, ("a", line));
        Assert.Equal([null, 250, null, 500], latency.Lines[0].Values);
        Assert.Equal([0, 0.25, 0, 0.5], rate.Lines[0].Values);
        Assert.Equal("M333.3 50h0M1000 0h0", latency.Lines[0].PathData(500));
        Assert.Equal("M0 100h0L333.3 75L666.7 100L1000 50", rate.Lines[0].PathData(1));
    }

    [Fact]
    public void A_rate_before_the_first_record_is_unknown_and_not_zero()
    {
        TimeRange range = Range with { RecordedSince = Range.TimeAt(1).AddSeconds(5) };
        ChartView rate = ChartView.From("Requests", "unit", 1, 0, range, ("a", default, Samples.Line(null, null, null, 2)));
        Assert.Equal([null, null, 0, 2], rate.Lines[0].Values);
        Assert.Equal(0.5, rate.EmptyPart);
        Assert.Null(Chart("Requests", 1, 0, ("a", Samples.Line(1))).EmptyPart);

        // What was measured is shown, whatever the store says of its beginning.
        ChartView older = ChartView.From("Requests", "unit", 1, 0, range, ("a", default, Samples.Line(7, null, null, 2)));
        Assert.Equal([7, null, 0, 2], older.Lines[0].Values);
    }

    [Fact]
    public void A_line_without_any_value_is_not_drawn()
    {
        Assert.True(Chart("TTFT", 1, null, ("a", Samples.Line(null, null)), ("b", null)).IsEmpty);
        ChartView some = Chart("TTFT", 1, null, ("a", Samples.Line(null, null)), ("b", Samples.Line(1)));
        Assert.Equal(["b"], some.Lines.Select(line => line.Name));
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
        ChartView chart = Chart("TTFT", 1, null, ("low", Samples.Line(0)), ("high", Samples.Line(null, highest)));
        Assert.Equal((spacing, top), (chart.TickSpacing, chart.Top));
        Assert.Equal((top, 0), (chart.Ticks[0], chart.Ticks[^1]));
    }

    [Fact]
    public void Any_value_below_a_billion_lies_under_the_top_with_at_most_five_ticks() =>
        Gen.Double[0, 1e9].Sample(highest =>
        {
            ChartView chart = Chart("x", 1, null, ("a", Samples.Line(highest)));
            double drawn = chart.Lines[0].Values[0]!.Value;
            Assert.True(drawn <= chart.Top && chart.Top / chart.TickSpacing <= 5, $"{highest}: top {chart.Top} by {chart.TickSpacing}");
        });

    [Theory]
    [InlineData(ChartSpan.Quarter, 10, 91)]
    [InlineData(ChartSpan.Hour, 30, 121)]
    [InlineData(ChartSpan.Everything, 300, 73)]
    public void A_span_has_steps_that_a_browser_bears_and_five_clock_times(ChartSpan span, int step, int points)
    {
        TimeRange range = ChartSpans.RangeOf(span, Samples.Now, oldest: Samples.Now.AddHours(-6));
        ChartView chart = ChartView.From("x", "y", 1, null, range, ("a", default, Samples.Line(1)));
        Assert.Equal((step, points), (range.StepSeconds, range.Points));
        Assert.Equal(5, chart.Times.Count);
        Assert.Equal(range.TimeAt(0).ToLocalTime().ToString("HH:mm"), chart.Times[0]);
        Assert.Equal(range.TimeAt(points - 1).ToLocalTime().ToString("HH:mm"), chart.Times[^1]);
    }

    [Fact]
    public void Whatever_the_store_holds_a_chart_has_few_points() => Gen.Double[0, 400 * 86400.0].Sample(age =>
        Assert.InRange(ChartSpans.RangeOf(ChartSpan.Everything, Samples.Now, Samples.Now.AddSeconds(-age)).Points, 40, 122));

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

    [Fact]
    public void The_gates_of_a_rollout_are_lines_over_its_time_beside_the_serving_release()
    {
        var range = TimeRange.Last(TimeSpan.FromMinutes(15), 300, Samples.Now);
        ModelService service = Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Progressing)));
        ChartView chart = ChartView.From(
            "TTFT", "ms", 1, null, range,
            ("tiny-v1", default, Samples.Line(100, 100, 100, 2)), ("tiny-v2", default, Samples.Line(null, 1)));

        ChartLine ratio = Assert.Single(RolloutLimits.ByRatio(chart, service, gates => gates.MaxTtftRatio, _ => 5));
        Assert.Equal("limit of tiny-v2: 1.5 × tiny-v1", ratio.Name);
        Assert.Equal([null, 150, 150, 7], ratio.Values);

        ChartLine increase = Assert.Single(RolloutLimits.ByIncrease(chart, service, _ => 1));
        Assert.Equal("limit of tiny-v2: 1 above tiny-v1", increase.Name);
        Assert.Equal([null, 101, 101, 3], increase.Values);
        Assert.True(chart.With([ratio]).Top >= 150);
    }

    [Fact]
    public void Without_a_rollout_or_a_serving_line_there_is_no_limit()
    {
        ChartView chart = Chart("TTFT", 1, null, ("tiny-v2", Samples.Line(1, 1)));
        ModelService moving = Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Progressing)));
        Assert.Empty(RolloutLimits.ByIncrease(chart, moving, _ => 1));
        Assert.Empty(RolloutLimits.ByIncrease(chart, Samples.Service(status: Samples.Status()), _ => 1));
    }

    [Fact]
    public void Moves_are_marked_where_they_began_took_a_step_and_ended()
    {
        var range = TimeRange.Last(TimeSpan.FromMinutes(15), 10, Samples.Now);
        RolloutStatus moving = Samples.Rollout(RolloutPhase.Progressing, step: 1);
        ModelServiceStatus status = Samples.Status(moving) with
        {
            History =
            [
                Record(RolloutPhase.Promoted, -90, -80), Record(RolloutPhase.RolledBack, -14, -12),
                Record(RolloutPhase.Superseded, -20, -11),
            ],
        };
        IReadOnlyList<ChartMark> marks = RolloutMarks.Of(Samples.Service(status: status), [], range);
        Assert.Equal(
            [
                "rollout to tiny-v2 begins", "tiny-v2 rolled back", "rollout to tiny-v2 called off", "rollout to tiny-v2 begins",
                "tiny-v2 gets 50% of traffic",
            ],
            marks.Select(mark => mark.Label));
        Assert.All(marks, mark => Assert.InRange(mark.Position, 0, 1));
        Assert.Equal(1.0 / 3, marks[3].Position, 3);
        Assert.Equal(HealthLevel.Bad, marks[1].Level);

        static RolloutRecord Record(RolloutPhase outcome, int from, int to) => new()
        {
            Revision = 1,
            To = Samples.Rollout(outcome).To,
            Outcome = outcome,
            StartedAt = Samples.Now.AddMinutes(from),
            EndedAt = Samples.Now.AddMinutes(to),
            Evidence = "",
        };
    }

    [Fact]
    public void A_mark_of_another_day_than_the_end_of_the_chart_is_named_with_its_date()
    {
        var range = TimeRange.Last(TimeSpan.FromHours(48), 1800, Samples.Now);
        RolloutStatus moving = Samples.Rollout(RolloutPhase.Preparing) with { StartedAt = Samples.Now.AddHours(-30) };
        ModelService service = Samples.Service(status: Samples.Status(moving));
        string day = Samples.Now.AddHours(-30).ToLocalTime().ToString("d MMM HH:mm", CultureInfo.InvariantCulture);
        Assert.Equal($"{day} rollout to tiny-v2 begins", Assert.Single(RolloutMarks.Of(service, [], range)).Name);

        service = Samples.Service(status: Samples.Status(moving with { StartedAt = Samples.Now }));
        string clock = Samples.Now.ToLocalTime().ToString("HH:mm", CultureInfo.InvariantCulture);
        Assert.Equal($"{clock} rollout to tiny-v2 begins", Assert.Single(RolloutMarks.Of(service, [], range)).Name);
    }

    [Fact]
    public void Steps_that_are_over_are_marked_from_their_events_and_the_one_under_way_once()
    {
        var range = TimeRange.Last(TimeSpan.FromMinutes(15), 10, Samples.Now);
        ModelService service = Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Progressing, step: 1)));
        Event[] events =
        [
            Step("tiny", "tiny-v2 gets 10% of traffic.", Samples.Now.AddMinutes(-8)),
            Step("tiny", "tiny-v2 gets 50% of traffic.", Samples.Now.AddSeconds(-89)),
            Step("other", "other-v2 gets 50% of traffic.", Samples.Now.AddMinutes(-4)),
        ];
        Assert.Equal(
            ["rollout to tiny-v2 begins", "tiny-v2 gets 10% of traffic", "tiny-v2 gets 50% of traffic"],
            RolloutMarks.Of(service, events, range).Select(mark => mark.Label));

        static Event Step(string service, string message, DateTimeOffset time) =>
            Samples.Event("ModelService", service) with { Reason = "Progressing", Message = message, LastTimestamp = time };
    }

    private static ChartView Chart(string title, double scale, double? missing, params (string Name, MetricRange? Values)[] lines) =>
        ChartView.From(title, "unit", scale, missing, Range, lines.Select(line => (line.Name, default(ReleaseTone), line.Values)));
}
