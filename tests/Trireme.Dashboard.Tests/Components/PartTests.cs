using Bunit;
using MudBlazor;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Components.Parts;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Components;

public sealed class PartTests : IAsyncDisposable
{
    private readonly DashboardContext _context = new();

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    [Theory]
    [InlineData(HealthLevel.Good, "mud-chip-color-success")]
    [InlineData(HealthLevel.Busy, "mud-chip-color-info")]
    [InlineData(HealthLevel.Warning, "mud-chip-color-warning")]
    [InlineData(HealthLevel.Bad, "mud-chip-color-error")]
    [InlineData(HealthLevel.Idle, "mud-chip-color-default")]
    public void A_state_is_told_by_word_sign_and_colour(HealthLevel level, string colour)
    {
        IRenderedComponent<HealthChip> chip = _context.Render<HealthChip>(p => p.Add(c => c.Health, new Health(level, "Word", "")));
        Assert.Contains(colour, chip.Find(".mud-chip").ClassName, StringComparison.Ordinal);
        Assert.Equal("Word", chip.Find(".mud-chip-content").TextContent.Trim());
        Assert.NotNull(chip.Find("svg"));
    }

    [Fact]
    public void Traffic_is_a_bar_with_one_part_per_release()
    {
        IRenderedComponent<TrafficBar> bar = _context.Render<TrafficBar>(p => p.Add(c => c.Traffic, [Of("v1", 90), Of("v2", 10)]));
        Assert.Equal(["90%", "10%"], bar.FindAll(".traffic-bar > div").Select(part => Width(part.GetAttribute("style")!)));
        Assert.Contains("v2 10%", bar.Find(".traffic-names").TextContent, StringComparison.Ordinal);

        static ReleaseTraffic Of(string name, int weight) => new() { Name = name, ContentHash = "sha256:aa", Weight = weight };
        static string Width(string style) => style.Split(';')[0].Split(':')[1].Trim();
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
            Reason = "ttft is worse",
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
            _context.Render<RolloutPanel>(p => p.Add(c => c.Rollout, RolloutView.From(service, Samples.Now)!));

        string[] words = panel.Find(".mud-paper").TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("Fail ttft is worse", string.Join(' ', words), StringComparison.Ordinal);
        Assert.Equal(
            [
                ["ttft", "Fail", "100 ms", "400 ms", "12", "0.000", "4 times as long"],
                ["errorRate", "Pass", "0 %", "1.0 %", "80", "–", "within"],
            ],
            panel.FindAll("tbody tr").Select(row => row.Children.Select(cell => cell.TextContent.Trim()).ToArray()));
        Assert.Contains("--mud-palette-error", panel.Find("tbody td:nth-child(2)").GetAttribute("style"), StringComparison.Ordinal);
        Assert.Contains(panel.FindAll(".mud-chip"), chip => chip.TextContent.Contains("50 %") && chip.ClassName!.Contains("error"));
    }

    [Fact]
    public void A_chart_without_values_says_so_and_one_with_values_draws_a_line()
    {
        ChartView none = ChartView.From("TTFT", "ms", 1, null, null);
        Assert.Contains("No data", _context.Render<LineChart>(p => p.Add(c => c.Chart, none)).Markup, StringComparison.Ordinal);

        ChartView some = ChartView.From("TTFT", "ms", 1, null, new(0, 30, 10), ("v1", Samples.Line(null, 1, 2, 3)));
        IRenderedComponent<LineChart> chart = _context.Render<LineChart>(p => p.Add(c => c.Chart, some));
        MudChart<double> drawn = chart.FindComponent<MudChart<double>>().Instance;
        Assert.Equal("v1", Assert.Single(drawn.ChartSeries).Name);
        Assert.Equal(some.Top, Assert.IsType<LineChartOptions>(drawn.ChartOptions).YAxisSuggestedMax);
    }
}
