using AngleSharp.Dom;
using Bunit;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Charts;
using Trireme.Dashboard.Components.Parts;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Components;

public sealed class PartTests : IAsyncDisposable
{
    private readonly DashboardContext _context = new();

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    [Theory]
    [InlineData(HealthLevel.Good, "good")]
    [InlineData(HealthLevel.Busy, "busy")]
    [InlineData(HealthLevel.Warning, "warning")]
    [InlineData(HealthLevel.Bad, "bad")]
    [InlineData(HealthLevel.Idle, "idle")]
    public void A_state_is_told_by_word_sign_and_colour(HealthLevel level, string colour)
    {
        IRenderedComponent<HealthChip> chip = _context.Render<HealthChip>(p => p.Add(c => c.Health, new Health(level, "Word", "")));
        Assert.Contains(colour, chip.Find(".chip").ClassList);
        Assert.Equal("Word", chip.Find(".chip").TextContent.Trim());
        Assert.NotNull(chip.Find("svg"));
    }

    [Fact]
    public void Traffic_is_a_bar_with_one_part_per_release_in_the_tone_of_its_content()
    {
        IRenderedComponent<TrafficBar> bar = _context.Render<TrafficBar>(p => p.Add(c => c.Traffic, [Of("v1", 90), Of("v2", 10)]));
        Assert.Equal(
            [("0", "90", ReleaseTone.Of("sha256:v1").CssClass), ("90", "10", ReleaseTone.Of("sha256:v2").CssClass)],
            bar.FindAll(".traffic-bar rect").Select(part => (part.GetAttribute("x"), part.GetAttribute("width"), part.ClassName)));
        Assert.Contains("v2 10%", Words(bar.Find(".traffic-names")), StringComparison.Ordinal);

        static ReleaseTraffic Of(string name, int weight) => new() { Name = name, ContentHash = "sha256:" + name, Weight = weight };
    }

    [Fact]
    public void Without_traffic_there_is_a_dash() =>
        Assert.Equal("–", _context.Render<TrafficBar>(p => p.Add(c => c.Traffic, [])).Find("span").TextContent);

    [Fact]
    public void A_failing_verdict_shows_the_signal_its_numbers_and_why()
    {
        var verdict = new RolloutVerdict
        {
            Judgement = Judgement.Fail,
            Reason = "ttft is worse: 4 times as long",
            Signals =
            [
                new SignalVerdict
                {
                    Signal = "ttft", Judgement = Judgement.Fail, Baseline = 0.1, Candidate = 0.4, Ratio = 4,
                    Samples = 12, PValue = 0.0004, Reason = "4 times as long",
                },
                new SignalVerdict
                {
                    Signal = "errorRate", Judgement = Judgement.Pass, Baseline = 0, Candidate = 0.01, Samples = 80,
                    BaselineSamples = 60, CandidateSamples = 20, Reason = "within",
                },
                new SignalVerdict
                {
                    Signal = "quality", Judgement = Judgement.Pass, Baseline = 2.1, Candidate = 2.15, Ratio = 1.02, Samples = 12,
                    Reason = "as good",
                },
            ],
        };
        ModelService service = Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.RolledBack, 1, verdict)));

        IRenderedComponent<RolloutPanel> panel =
            _context.Render<RolloutPanel>(p => p.Add(c => c.Rollout, RolloutView.Of(service, Samples.Now)!));

        Assert.Contains("Verdict: Fail ttft is worse: 4 times as long", Words(panel.Find("section")), StringComparison.Ordinal);
        Assert.Equal(
            [
                ["Time to first token", "Fail", "100 ms", "400 ms", "4x +300 ms", "12 windows", "p < 0.001", "as said above"],
                ["Error rate", "Pass", "0 %", "1 %", "+1 pp", "60 + 20", "–", "within"],
                ["Quality", "Pass", "2.1 bit/B", "2.15 bit/B", "1.02x", "12 texts", "–", "as good"],
            ],
            panel.FindAll("tbody tr").Select(row => row.Children.Select(cell => cell.TextContent.Trim()).ToArray()));
        Assert.Contains("text-bad", panel.Find("tbody td:nth-child(2)").ClassList);
        Assert.Contains(panel.FindAll(".stage.bad"), stage => Words(stage) == "50 % failed");
    }

    [Theory]
    [InlineData(ConditionStatus.True, "AllReady", "holds", "text-good")]
    [InlineData(ConditionStatus.False, "ReplicasStarting", "does not hold yet", "text-busy")]
    [InlineData(ConditionStatus.False, "FailedCreate", "does not hold", "text-warning")]
    [InlineData(ConditionStatus.Unknown, "ReleaseNotVerified", "is not known yet", "faint")]
    public void What_is_on_its_way_or_not_known_is_not_bad(ConditionStatus status, string reason, string words, string tone)
    {
        var condition = new Condition { Type = "Scaled", Status = status, Reason = reason, Message = "m" };
        IRenderedComponent<ConditionTable> table = _context.Render<ConditionTable>(p => p
            .Add(c => c.Rows, [new ConditionRow(condition, "m")]).Add(c => c.Now, Samples.Now));
        Assert.Equal($"{words}, {reason}", table.Find("li .grow .faint").TextContent);
        Assert.Contains(tone, table.Find("li > span").ClassList);
    }

    [Fact]
    public void What_lies_before_the_first_record_is_told_apart()
    {
        var range = new TimeRange(0, 900, 300) { RecordedSince = DateTimeOffset.FromUnixTimeSeconds(450) };
        string clock = DateTimeOffset.FromUnixTimeSeconds(450).ToLocalTime().ToString("HH:mm");
        ChartView chart = ChartView.From("Requests", "per second", 1, 0, range, ("v1", default, Samples.Line(null, null, 2, 3)));
        IRenderedComponent<LineChart> drawn = _context.Render<LineChart>(p => p.Add(c => c.Chart, chart));
        Assert.Equal("500", drawn.Find("rect.unrecorded").GetAttribute("width"));
        Assert.Contains($"No data since {clock}, when the record begins", _context.Render<LineChart>(
            p => p.Add(c => c.Chart, ChartView.From("Requests", "per second", 1, 0, range))).Markup, StringComparison.Ordinal);
        Assert.Contains($"Recorded since {clock}", _context.Render<SpanPicker>(p => p
            .Add(c => c.Value, ChartSpan.Quarter).Add(c => c.Range, range)).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chart_without_values_says_so_and_one_with_values_draws_lines_limits_and_marks()
    {
        var range = new TimeRange(0, 900, 300);
        ChartView none = ChartView.From("TTFT", "ms", 1, null, range);
        Assert.Contains(
            "No data in the last 15 minutes", _context.Render<LineChart>(p => p.Add(c => c.Chart, none)).Markup, StringComparison.Ordinal);

        ChartView some = ChartView.From("TTFT", "ms", 1, null, range, ("v1", new ReleaseTone(3, 1), Samples.Line(null, 1, 2, 3))) with
        {
            Marks = [new ChartMark(range.TimeAt(1), 1.0 / 3, "rollout to v2 begins", HealthLevel.Busy)],
        };
        some = some.With([new ChartLine("limit of v2: 1.5 × v1", default, [null, 2, 3, 4.5]) { LimitOf = "v2" }]);
        IRenderedComponent<LineChart> chart = _context.Render<LineChart>(p => p.Add(c => c.Chart, some));
        IElement line = chart.Find(".plane path.line");
        Assert.Equal(("M333.3 80h0L666.7 60L1000 40", "7 3"), (line.GetAttribute("d"), line.GetAttribute("stroke-dasharray")));
        Assert.Contains("tone-3", line.ClassList);
        Assert.Equal("M333.3 60h0L666.7 40L1000 10", chart.Find(".plane path.limit").GetAttribute("d"));
        Assert.Equal("333.3", chart.Find(".plane line.mark").GetAttribute("x1"));
        Assert.Contains("v1 now 3", chart.Find(".plane").GetAttribute("aria-label"), StringComparison.Ordinal);
        Assert.Equal(2, chart.FindAll(".legend li").Count);
        IRenderedComponent<MarkList> marks = _context.Render<MarkList>(p => p.Add(c => c.Marks, some.Marks));
        Assert.Contains("rollout to v2 begins", Assert.Single(marks.FindAll("li")).TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_mark_that_is_drawn_is_named_the_newest_ones_at_once()
    {
        var range = new TimeRange(0, 900, 300);
        ChartMark[] drawn =
            [.. Enumerable.Range(0, 20).Select(i => new ChartMark(range.TimeAt(0), i / 20.0, $"mark {i:00}", HealthLevel.Busy))];
        ChartView view = ChartView.From("TTFT", "ms", 1, null, range, ("v1", default, Samples.Line(1, 2))) with { Marks = drawn };
        IRenderedComponent<LineChart> chart = _context.Render<LineChart>(p => p.Add(c => c.Chart, view));
        IRenderedComponent<MarkList> list = _context.Render<MarkList>(p => p.Add(c => c.Marks, drawn));

        IEnumerable<string> told = chart.FindAll(".plane line.mark title").Select(title => title.TextContent);
        Assert.Equal(drawn.Select(mark => mark.Name), told);
        IEnumerable<string> named = list.FindAll(".legend li").Select(item => item.TextContent.Trim());
        Assert.Equal(drawn.Select(mark => mark.Name).Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        Assert.Equal("12 older", list.Find("details summary").TextContent);
        Assert.Equal(MarkList.NewestMax, list.FindAll("ul.legend:first-child li").Count);
    }

    [Fact]
    public void An_empty_fleet_shows_what_the_guide_shows()
    {
        string guide = File.ReadAllText(Testing.Repository.PathOf("docs", "own-model.md"));
        Assert.Contains(EmptyFleet.Manifest.ReplaceLineEndings("\n"), guide, StringComparison.Ordinal);
        string shown = _context.Render<EmptyFleet>().Find("section").TextContent.ReplaceLineEndings("\n");
        Assert.Contains(EmptyFleet.Manifest.ReplaceLineEndings("\n"), shown, StringComparison.Ordinal);
        Assert.Contains("./trireme apply -f samples/tiny.yaml", shown, StringComparison.Ordinal);
        Assert.True(File.Exists(Testing.Repository.PathOf("samples", "tiny.yaml")));
    }

    /// <summary>What the style policy of the dashboard forbids is in no markup.</summary>
    [Fact]
    public void No_component_has_a_style_attribute_or_a_script()
    {
        string pages = Testing.Repository.PathOf("src", "Trireme.Dashboard", "Components");
        string[] files = Directory.GetFiles(pages, "*.razor", SearchOption.AllDirectories);
        Assert.True(files.Length > 15);
        foreach (string file in files)
        {
            string text = File.ReadAllText(file);
            Assert.False(text.Contains("style=", StringComparison.OrdinalIgnoreCase), file);
            Assert.False(text.Contains("<style", StringComparison.OrdinalIgnoreCase), file);
            Assert.DoesNotMatch("<script(?! src=)", text);
        }
    }

    private static string Words(IElement element) =>
        string.Join(' ', element.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
