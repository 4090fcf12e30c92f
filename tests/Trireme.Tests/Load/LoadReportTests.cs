using System.Text.Json.Nodes;
using Trireme.Load;

namespace Trireme.Tests.Load;

public sealed class LoadReportTests
{
    [Fact]
    public void An_answer_of_one_chunk_has_nothing_between_its_tokens()
    {
        LoadReport report = Of(Answer(itl: null), Answer(itl: 0.004), Answer(itl: null));
        using var output = new StringWriter();
        report.Print(output);
        Assert.Matches(@"between tokens +4\.0 ms +4\.0 ms +4\.0 ms", output.ToString());
        Assert.Equal("""{"p50":0.004,"p95":0.004,"p99":0.004}""", report.ToJson()["itlSeconds"]!.ToJsonString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_never_measured_is_not_told_as_none(bool succeeds)
    {
        LoadReport report = Of(Answer(itl: null) with { Outcome = succeeds ? LoadOutcome.Succeeded : LoadOutcome.Failed });
        using var output = new StringWriter();
        report.Print(output);
        Assert.Matches("between tokens +- +- +-", output.ToString());
        JsonObject json = report.ToJson();
        Assert.Equal("""{"p50":null,"p95":null,"p99":null}""", json["itlSeconds"]!.ToJsonString());
        Assert.Equal(succeeds, json["ttftSeconds"]!["p50"] is not null);
    }

    private static LoadReport Of(params LoadSample[] samples) => new(samples, dropped: 0, TimeSpan.FromSeconds(1));

    private static LoadSample Answer(double? itl) => new()
    {
        Outcome = LoadOutcome.Succeeded, TimeToFirstToken = 0.01, Duration = 0.02, InterTokenLatency = itl,
    };
}
