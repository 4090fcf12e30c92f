using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;
using Trireme.Telemetry.Tests.Http;

namespace Trireme.Telemetry.Tests.PromQL.Differential;

public sealed class DifferentialTests(ITestOutputHelper output)
{
    /// <summary>Environment variables that make the test longer or start it elsewhere.</summary>
    private const string CountVariable = "TRIREME_DIFFERENTIAL_QUERIES";
    private const string SeedVariable = "TRIREME_DIFFERENTIAL_SEED";

    [Fact]
    public async Task Random_queries_answer_as_Prometheus_does_over_HTTP()
    {
        int count = Setting(CountVariable, 1000);
        int seed = Setting(SeedVariable, 7);
        var history = new History(new Random(seed));
        CancellationToken token = TestContext.Current.CancellationToken;
        await using RealPrometheus? prometheus = await RealPrometheus.TryStartAsync(history.ToOpenMetrics(), token);
        if (prometheus is null) Assert.Skip("Neither prometheus nor promtool is on the path.");
        await using TelemetryHost host = await TelemetryHost.StartAsync(
            new TelemetryOptions { Retention = TimeSpan.FromDays(40_000), ScrapeInterval = TimeSpan.FromHours(1) });
        history.CopyTo(host.Services.GetRequiredService<HeadStore>());
        using var client = new HttpClient();
        var random = new Random(seed);
        var queries = new RandomQueries(random);
        var differences = new List<string>();
        for (int i = 0; i < count; i++)
        {
            string query = queries.Next();
            string path = Path(query, random);
            string expected = await GetAsync(client, prometheus.Address + path);
            string actual = await GetAsync(client, host.Address + path);
            if (JsonDifference.Of(expected, actual) is { } difference) differences.Add($"{query}\n  {path}\n  {difference}");
        }

        foreach (string difference in differences) output.WriteLine(difference);
        Assert.True(differences.Count == 0, $"{differences.Count} of {count} differ:\n{string.Join('\n', differences.Take(20))}");
    }

    private static string Path(string query, Random random)
    {
        string encoded = Uri.EscapeDataString(query);
        long at = History.StartSeconds + random.Next(-60, (int)History.LengthSeconds + 400);
        if (random.Next(3) > 0) return string.Create(CultureInfo.InvariantCulture, $"/api/v1/query?query={encoded}&time={at}");
        long end = at + random.Next(900);
        int step = random.Next(1, 90);
        return string.Create(CultureInfo.InvariantCulture, $"/api/v1/query_range?query={encoded}&start={at}&end={end}&step={step}");
    }

    private static async Task<string> GetAsync(HttpClient client, string address)
    {
        using HttpResponseMessage response = await client.GetAsync(new Uri(address), TestContext.Current.CancellationToken);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static int Setting(string variable, int standard) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : standard;
}
