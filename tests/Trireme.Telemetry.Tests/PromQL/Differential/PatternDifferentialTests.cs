using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage.Head;
using Trireme.Telemetry.Tests.Http;
using Trireme.Telemetry.Tests.Patterns;

namespace Trireme.Telemetry.Tests.PromQL.Differential;

/// <summary>Matchers and label_replace over random patterns, as a real Prometheus has them.</summary>
public sealed class PatternDifferentialTests(ITestOutputHelper output)
{
    private const string CountVariable = "TRIREME_DIFFERENTIAL_PATTERNS";
    private const string SeedVariable = "TRIREME_DIFFERENTIAL_SEED";
    private const long AtSeconds = 1_700_000_000;
    private const int Values = 150;

    [Fact]
    public async Task Random_patterns_match_and_group_as_in_Prometheus()
    {
        int count = Setting(CountVariable, 400);
        var patterns = new RandomPatterns(new Random(Setting(SeedVariable, 5)));
        LabelSet[] series =
        [
            .. Enumerable.Range(0, Values).Select(i => TestStores.Labels(
                "__name__", "text", "id", i.ToString(CultureInfo.InvariantCulture), "v", patterns.Value())),
        ];
        CancellationToken token = TestContext.Current.CancellationToken;
        await using RealPrometheus? prometheus = await RealPrometheus.TryStartAsync(ToOpenMetrics(series), token);
        if (prometheus is null) Assert.Skip("Neither prometheus nor promtool is on the path.");
        await using TelemetryHost host = await TelemetryHost.StartAsync(
            new TelemetryOptions { Retention = TimeSpan.FromDays(40_000), ScrapeInterval = TimeSpan.FromHours(1) });
        HeadStore store = host.Services.GetRequiredService<HeadStore>();
        foreach (LabelSet labels in series) store.Append(labels, AtSeconds * 1000, 1);

        using var client = new HttpClient();
        var differences = new List<string>();
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            // Prometheus puts a group around it in any case, and a pattern that is cut short would run into the end of that.
            string pattern = $"(?:{patterns.Next()})";
            string quoted = TextQuoting.Quote(pattern);
            foreach (string query in (string[])
            [
                $"text{{v=~{quoted}}}",
                $"text{{v!~{quoted}}}",
                $"label_replace(text, \"r\", \"<$1|$2|${{3}}|$n|$m0|$0>\", \"v\", {quoted})",
            ])
            {
                string path = $"/api/v1/query?time={AtSeconds}&query={Uri.EscapeDataString(query)}";
                string expected = await GetAsync(client, prometheus.Address + path);
                string actual = await GetAsync(client, host.Address + path);
                if (Reason(expected) is { } reason && refused++ >= 0 && Reason(actual) is { } given && reason != given)
                {
                    differences.Add($"{query}\n  refused with {given} instead of {reason}");
                }
                else if (JsonDifference.Of(expected, actual) is { } difference)
                {
                    differences.Add($"{query}\n  {difference}");
                }
            }
        }

        foreach (string difference in differences) output.WriteLine(difference);
        Assert.True(differences.Count == 0, $"{differences.Count} of {count} differ:\n{string.Join('\n', differences.Take(20))}");
        Assert.True(refused > count / 20, $"{refused} refused");
    }

    /// <summary>The examples of the other tests are what a real Prometheus says, not what somebody thought it would.</summary>
    [Fact]
    public async Task The_examples_hold_in_Prometheus_too()
    {
        await using RealPrometheus? prometheus = await RealPrometheus.TryStartAsync("# EOF\n", TestContext.Current.CancellationToken);
        if (prometheus is null) Assert.Skip("Neither prometheus nor promtool is on the path.");
        using var client = new HttpClient();
        foreach (TheoryDataRow<string, string, bool> row in AnchoredPatternTests.Cases)
        {
            (string pattern, string value, bool matches) = row.Data;
            // A quotation without an end takes in the anchors that Prometheus puts around a pattern.
            if (pattern.EndsWith("\\Qa.b", StringComparison.Ordinal)) continue;
            Assert.Equal((pattern, value, matches), (pattern, value, await ReplaceAsync(client, prometheus, pattern, "x", value) == "x"));
        }

        foreach (TheoryDataRow<string, string, string, string?> row in GroupReplacementTests.Cases)
        {
            (string pattern, string template, string value, string? expected) = row.Data;
            if (pattern.Contains("(?<", StringComparison.Ordinal)) continue;
            string? filled = await ReplaceAsync(client, prometheus, pattern, template, value);
            Assert.Equal((pattern, template, expected ?? ""), (pattern, template, filled ?? ""));
        }

        foreach (TheoryDataRow<string, string> row in AnchoredPatternTests.Refused)
        {
            // What Prometheus puts around a pattern balances these parentheses.
            if (row.Data.Item1 == "a)(b") continue;
            string query = $"text{{v=~{TextQuoting.Quote($"(?:{row.Data.Item1})")}}}";
            string answer = await GetAsync(client, $"{prometheus.Address}/api/v1/query?query={Uri.EscapeDataString(query)}");
            Assert.True(Reason(answer) is not null, $"{row.Data.Item1}: {answer}");
        }
    }

    /// <summary>What label_replace makes of a value; null where the pattern does not match.</summary>
    private static async Task<string?> ReplaceAsync(
        HttpClient client, RealPrometheus prometheus, string pattern, string template, string value)
    {
        string literal = TextQuoting.Quote(value.Replace("$", "$$", StringComparison.Ordinal));
        string given = $"label_replace(vector(1), \"v\", {literal}, \"\", \"\")";
        // The dot of Prometheus 2 takes no line feed.
        string query = $"label_replace({given}, \"r\", {TextQuoting.Quote(template)}, \"v\", {TextQuoting.Quote("(?s)" + pattern)})";
        string answer = await GetAsync(client, $"{prometheus.Address}/api/v1/query?query={Uri.EscapeDataString(query)}");
        using JsonDocument json = JsonDocument.Parse(answer);
        Assert.True(json.RootElement.GetProperty("status").GetString() == "success", $"{query}: {answer}");
        JsonElement metric = json.RootElement.GetProperty("data").GetProperty("result")[0].GetProperty("metric");
        return metric.TryGetProperty("r", out JsonElement replaced) ? replaced.GetString() : null;
    }

    /// <summary>
    /// What is wrong with a pattern, and the piece of it unless that is all of it, which Prometheus 2 names with its anchors.
    /// </summary>
    private static string? Reason(string answer)
    {
        const string Start = "error parsing regexp: ";
        using JsonDocument json = JsonDocument.Parse(answer);
        if (!json.RootElement.TryGetProperty("error", out JsonElement error)) return null;
        string text = error.GetString()!;
        int at = text.IndexOf(Start, StringComparison.Ordinal);
        if (at < 0) return null;
        string reason = text[(at + Start.Length)..];
        // Groups are named so since Go 1.22, which Prometheus 2 is older than.
        if (reason.Contains("(?<", StringComparison.Ordinal)) return "invalid named capture: ";
        string[] ofTheWhole =
            ["missing closing", "unexpected )", "invalid named capture", "invalid character class range: `\\p", "trailing"];
        return ofTheWhole.Any(start => reason.StartsWith(start, StringComparison.Ordinal)) ? reason[..reason.IndexOf('`')] : reason;
    }

    private static string ToOpenMetrics(IEnumerable<LabelSet> series)
    {
        var text = new StringBuilder();
        foreach (LabelSet labels in series)
        {
            text.Append(labels.ToString().Replace(", ", ",", StringComparison.Ordinal)).Append(" 1 ").Append(AtSeconds).Append('\n');
        }

        return text.Append("# EOF\n").ToString();
    }

    private static async Task<string> GetAsync(HttpClient client, string address)
    {
        using HttpResponseMessage response = await client.GetAsync(new Uri(address), TestContext.Current.CancellationToken);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static int Setting(string variable, int standard) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : standard;
}
