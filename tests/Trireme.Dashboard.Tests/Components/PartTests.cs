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
                    Signal = "ttft", Judgement = Judgement.Fail, Baseline = 0.1, Candidate = 0.4,
                    Samples = 12, PValue = 0.0004, Reason = "4 times as long",
                },
                new SignalVerdict
                {
                    Signal = "errorRate", Judgement = Judgement.Pass, Baseline = 0, Candidate = 0.01, Samples = 80, Reason = "within",
                },
            ],
        };
        ModelService service = Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.RolledBack, 1, verdict)));

        IRenderedComponent<RolloutPanel> panel =
            _context.Render<RolloutPanel>(p => p.Add(c => c.Rollout, RolloutView.Of(service, Samples.Now)!));

        Assert.Contains("Verdict: Fail ttft is worse: 4 times as long", Words(panel.Find("section")), StringComparison.Ordinal);
        Assert.Equal(
            [
                ["ttft", "Fail", "100 ms", "400 ms", "12", "p < 0.001", "as said above"],
                ["errorRate", "Pass", "0 %", "1.0 %", "80", "–", "within"],
            ],
            panel.FindAll("tbody tr").Select(row => row.Children.Select(cell => cell.TextContent.Trim()).ToArray()));
        Assert.Contains("text-bad", panel.Find("tbody td:nth-child(2)").ClassList);
        Assert.Contains(panel.FindAll(".stage.bad"), stage => Words(stage) == "50 % failed");
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
        some = some.With([new ChartLine("limit: 1.5 × v1", default, [null, 2, 3, 4.5]) { LimitOf = "v2" }]);
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
