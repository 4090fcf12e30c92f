using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Testing;

namespace Trireme.Telemetry.Tests.Http;

public sealed class ScrapingTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_scraped_endpoint_can_be_queried_until_it_goes()
    {
        await using MetricsPage page = await MetricsPage.StartAsync("things{kind=\"a\"} 7\nothers 1\n");
        await using TelemetryHost host = await TelemetryHost.StartAsync();
        host.Targets = [page.Target];
        await Sees(host, "things{kind=\"a\",job=\"worker\",replica=\"r-1\",instance=~\"127.0.0.1:.*\"}", "7");
        await Sees(host, "up{job=\"worker\"}", "1");
        await Sees(host, "scrape_samples_scraped{job=\"worker\"}", "2");
        page.Text = "things{kind=\"a\"} 8\n";
        await Sees(host, "others");
        await Sees(host, "things", "8");
        page.Answer = static context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        };
        await Sees(host, "up{job=\"worker\"}", "0");
        await Sees(host, "things");
        page.Text = "things{kind=\"a\"} 9\n";
        await Sees(host, "things", "9");
        host.Targets = [];
        await Sees(host, "things or up{job=\"worker\"}");
    }

    [Fact]
    public async Task Metrics_of_the_process_itself_are_ingested_without_HTTP()
    {
        await using TelemetryHost host = await TelemetryHost.StartAsync();
        await Sees(host, "trireme_telemetry_samples_ingested_total{job=\"platform\"} > bool 0", "1");
        await Sees(host, "up{job=\"platform\"}", "1");
    }

    [Fact]
    public async Task What_is_wrong_with_a_target_can_be_read()
    {
        await using MetricsPage page = await MetricsPage.StartAsync("fine 1\nnot fine\n");
        await using TelemetryHost host = await TelemetryHost.StartAsync(new TelemetryOptions
        {
            ScrapeInterval = TimeSpan.FromMilliseconds(50),
            ScrapeTimeout = TimeSpan.FromSeconds(1),
            MaxScrapeBytes = 1000,
        });
        host.Targets = [page.Target];
        await SeesError(host, "1 malformed lines, the first is line 2");
        page.Text = new string('a', 2000);
        await SeesError(host, "the answer is longer than 1000 bytes");
        page.Answer = static context =>
        {
            context.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        };
        await SeesError(host, "server returned HTTP status 302 Found");
        var never = new TaskCompletionSource();
        page.Answer = context => never.Task.WaitAsync(context.RequestAborted);
        await SeesError(host, "no answer within 1 s");
        page.Text = "fine 1\n";
        await SeesError(host, "");
    }

    private static Task Sees(TelemetryHost host, string query, params string[] values) => Eventually.True(
        $"{query} gives [{string.Join(", ", values)}]",
        Deadline,
        async () =>
        {
            string[] seen = await host.ValuesAsync(query);
            return seen.SequenceEqual(values);
        },
        TestContext.Current.CancellationToken);

    private static Task SeesError(TelemetryHost host, string error) => Eventually.True(
        $"the target's last error is \"{error}\"",
        Deadline,
        async () =>
        {
            using JsonDocument json = JsonDocument.Parse((await host.GetAsync("/api/v1/targets")).Body);
            foreach (JsonElement target in json.RootElement.GetProperty("data").GetProperty("activeTargets").EnumerateArray())
            {
                if (target.GetProperty("scrapePool").GetString() != "worker") continue;
                string health = error.Length == 0 ? "up" : "down";
                return target.GetProperty("lastError").GetString() == error && target.GetProperty("health").GetString() == health;
            }

            return false;
        },
        TestContext.Current.CancellationToken);
}
