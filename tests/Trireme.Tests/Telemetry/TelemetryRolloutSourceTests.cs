using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Hosting.Telemetry;
using Trireme.Operator.ModelServices;
using Trireme.Telemetry;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Queries;
using Trireme.Telemetry.Scraping;
using Trireme.Testing;

namespace Trireme.Tests.Telemetry;

/// <summary>The real store, scraped from a gateway's registry as time goes by.</summary>
public sealed class TelemetryRolloutSourceTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ScrapeInterval = TimeSpan.FromSeconds(1);
    private static readonly ReleaseRef Old = new() { Name = "old", ContentHash = "sha256:aa" };
    private static readonly ReleaseRef New = new() { Name = "new", ContentHash = "sha256:bb" };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MetricRegistry _registry = new();
    private readonly Counter _requests;
    private readonly Histogram _ttft;
    private readonly LogSummary _ttftLog;
    private readonly Gauge.Series _scrapes;
    private IHost _host = null!;
    private IQueryEngine _engine = null!;
    private TelemetryRolloutSource _source = null!;
    private int _scraped;

    public TelemetryRolloutSourceTests()
    {
        _requests = _registry.Counter(GatewayMetricNames.Requests, "Requests.", "namespace", "service", "release", "code");
        _ttft = _registry.Histogram(GatewayMetricNames.TimeToFirstToken, "TTFT.", [1], "namespace", "service", "release");
        _ttftLog = _registry.LogSummary(GatewayMetricNames.TimeToFirstTokenLog, "TTFT.", "namespace", "service", "release");
        _scrapes = _registry.Gauge("marker", "Number of the second.").With();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddLogging();
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddSingleton(new MetricSource(_registry, LabelSet.Of(new Label("job", "gateway"), new Label("instance", "here"))));
        builder.Services.AddTriremeTelemetry(new TelemetryOptions { ScrapeInterval = ScrapeInterval });
        _host = builder.Build();
        await _host.StartAsync(Token);
        _engine = _host.Services.GetRequiredService<IQueryEngine>();
        _source = new TelemetryRolloutSource(_engine, _time);
        // The loop arms its timers on its own; once it has scraped, each interval is one scrape.
        _scrapes.Set(++_scraped);
        await Eventually.True(
            "the loop has begun",
            Deadline,
            async () =>
            {
                _time.Advance(ScrapeInterval / 10);
                return await WasScrapedAsync();
            },
            Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }

    [Fact]
    public async Task Windows_count_what_happened_in_them()
    {
        Answer(Old, "200", 5);
        Answer(New, "200", 1);
        await PassAsync(1);
        DateTimeOffset since = _time.GetUtcNow();
        for (int second = 0; second < 17; second++)
        {
            Answer(Old, "200", 3);
            Answer(New, "200", 2);
            Answer(New, "503", 1);
            Answer(New, "499", 4);
            Answer(New, "400", 5);
            Answer(Old, "404", 3);
            Answer(New, "413", 2);
            Answer(New, "422", 1);
            _ttftLog.With("default", "tiny", "new").Observe(500_000);
            await PassAsync(1);
        }

        IReadOnlyList<WindowPair> pairs = await ReadAsync(since);
        Assert.InRange(pairs.Count, 3, 4);
        Assert.All(pairs, static pair =>
        {
            Assert.Equal((12, 12, 4), (pair.Baseline.Requests, pair.Candidate.Requests, pair.Candidate.Errors));
            Assert.Equal((4, 0), (pair.Candidate.Ttft.Count, pair.Baseline.Ttft.Count));
            Assert.Equal(4 * Math.Log(0.5), pair.Candidate.Ttft.Sum, 6);
        });
    }

    [Fact]
    public async Task A_window_is_the_same_at_every_read_and_later_ones_can_be_asked_for_alone()
    {
        DateTimeOffset since = _time.GetUtcNow();
        var first = new List<WindowPair>();
        for (int second = 0; second < 25; second++)
        {
            Answer(Old, "200", 1 + (second % 3));
            Answer(New, "200", 1 + (second % 5));
            await PassAsync(1);
            IReadOnlyList<WindowPair> all = await ReadAsync(since);
            Assert.Equal(first, all.Take(first.Count));
            IReadOnlyList<WindowPair> later = await ReadAsync(since, first is [.., { } last] ? last.Start : null);
            Assert.Equal(all.Skip(first.Count), later);
            first.AddRange(later);
        }

        Assert.InRange(first.Count, 5, 6);
        Assert.All(first, static pair => Assert.Equal(0, pair.Start.UtcTicks % TelemetryRolloutSource.Window.Ticks));
    }

    [Fact]
    public async Task A_gateway_that_has_buckets_only_can_be_judged_by_them()
    {
        DateTimeOffset since = _time.GetUtcNow();
        for (int second = 0; second < 10; second++)
        {
            Answer(Old, "200", 1);
            Answer(New, "200", 1);
            _ttft.With("default", "tiny", "old").Observe(0.3);
            _ttft.With("default", "tiny", "new").Observe(3);
            await PassAsync(1);
        }

        WindowPair pair = (await ReadAsync(since))[0];
        Assert.Equal((4, 4), (pair.Baseline.Ttft.Count, pair.Candidate.Ttft.Count));
        Assert.Equal(4 * Math.Log(0.5), pair.Baseline.Ttft.Sum, 6);
        Assert.Equal(4 * Math.Log(2), pair.Candidate.Ttft.Sum, 6);
    }

    [Fact]
    public async Task A_counter_that_starts_again_costs_no_window_and_hides_no_other_counter()
    {
        for (int second = 0; second < 3; second++)
        {
            Answer(Old, "200", 100);
            Answer(New, "200", 100);
            await PassAsync(1);
        }

        DateTimeOffset since = _time.GetUtcNow();
        for (int second = 0; second < 17; second++)
        {
            // A middle window sees series of one release begin again at zero.
            if (second == 7) _requests.Remove("default", "tiny", "new", "200");
            if (second == 7) _ttftLog.Remove("default", "tiny", "new");
            for (int i = 0; i < (second < 7 ? 1 : 40); i++) _ttftLog.With("default", "tiny", "new").Observe(2_000_000);
            Answer(Old, "200", 3);
            Answer(New, "200", 2);
            Answer(New, "500", 1);
            await PassAsync(1);
        }

        IReadOnlyList<WindowPair> pairs = await ReadAsync(since);
        Assert.InRange(pairs.Count, 3, 4);
        Assert.All(pairs, static pair =>
        {
            Assert.Equal((12, 12, 4), (pair.Baseline.Requests, pair.Candidate.Requests, pair.Candidate.Errors));
            Assert.Equal(Math.Log(2), pair.Candidate.Ttft.Sum / pair.Candidate.Ttft.Count, 6);
        });
    }

    [Fact]
    public async Task A_client_that_sends_nonsense_says_nothing_about_a_release()
    {
        DateTimeOffset since = _time.GetUtcNow();
        for (int second = 0; second < 10; second++)
        {
            Answer(Old, "200", 3);
            Answer(New, "400", 50);
            await PassAsync(1);
        }

        Assert.Empty(await ReadAsync(since));
    }

    [Fact]
    public async Task No_window_is_told_before_it_is_over_or_without_requests_on_both_sides()
    {
        DateTimeOffset since = _time.GetUtcNow();
        Answer(Old, "200", 3);
        await PassAsync(4);
        Assert.Empty(await ReadAsync(since));
        await PassAsync(6);
        Assert.Empty(await ReadAsync(since));

        // Both answer from here on; the window in which they do is told once what was scraped in it has been stored.
        for (int i = 0; i < 30 && (await ReadAsync(since)).Count == 0; i++)
        {
            Answer(Old, "200", 1);
            Answer(New, "200", 1);
            await PassAsync(1);
        }

        WindowPair pair = Assert.Single(await ReadAsync(since));
        Assert.True(pair.Start + TelemetryRolloutSource.Window + TelemetryRolloutSource.Settling <= _time.GetUtcNow());
    }

    [Fact]
    public async Task After_a_switch_each_window_is_paired_once_with_one_as_long_before_it()
    {
        for (int second = 0; second < 13; second++)
        {
            Answer(Old, "200", 2);
            if (second < 4) Answer(Old, "500", 1);
            await PassAsync(1);
        }

        DateTimeOffset switched = _time.GetUtcNow();
        var told = new List<WindowPair>();
        for (int second = 0; second < 40; second++)
        {
            Answer(New, "200", 3);
            await PassAsync(1);
            IReadOnlyList<WindowPair> all = await ReadAsync(switched, comparison: RolloutComparison.BeforeSwitch);
            Assert.Equal(told, all.Take(told.Count));
            DateTimeOffset? last = told is [.., { } known] ? known.Start : null;
            Assert.Equal(all.Skip(told.Count), await ReadAsync(switched, last, RolloutComparison.BeforeSwitch));
            told.AddRange(all.Skip(told.Count));
        }

        // What was seen before the switch is less than what came after, and nothing is used twice.
        Assert.InRange(told.Count, 2, 4);
        Assert.All(told, pair => Assert.True(pair.Start >= switched - TelemetryRolloutSource.Window));
        Assert.Equal(12, told[0].Candidate.Requests);
        Assert.Equal((8, 0), (told[0].Baseline.Requests, told[0].Baseline.Errors));
        Assert.True(told[^1].Baseline.Errors > 0, "the farther from the switch, the farther before it");
    }

    [Fact]
    public async Task Copies_are_compared_with_the_requests_of_the_same_windows_and_are_no_requests()
    {
        Counter copies = _registry.Counter(
            GatewayMetricNames.CopiesPrefix + "requests_total", "Copies.", "namespace", "service", "release", "code");
        DateTimeOffset since = _time.GetUtcNow();
        for (int second = 0; second < 13; second++)
        {
            Answer(Old, "200", 3);
            copies.With("default", "tiny", "new", "200").Add(1);
            copies.With("default", "tiny", "new", "503").Add(1);
            await PassAsync(1);
        }

        IReadOnlyList<WindowPair> pairs = await ReadAsync(since, comparison: RolloutComparison.Copies);
        Assert.InRange(pairs.Count, 2, 3);
        Assert.All(pairs, static pair => Assert.Equal(
            (12, 0, 8, 4), (pair.Baseline.Requests, pair.Baseline.Errors, pair.Candidate.Requests, pair.Candidate.Errors)));
        Assert.Empty(await ReadAsync(since));
    }

    private Task<IReadOnlyList<WindowPair>> ReadAsync(
        DateTimeOffset since, DateTimeOffset? after = null, RolloutComparison comparison = RolloutComparison.SameTime) =>
        _source.ReadWindowsAsync(
            new WindowQuery("default", "tiny", Old, New, _time.GetUtcNow() - since, after) { Comparison = comparison }, Token);

    private void Answer(ReleaseRef release, string code, int count) => _requests.With("default", "tiny", release.Name, code).Add(count);

    /// <summary>Lets seconds pass, one scrape in each.</summary>
    private async Task PassAsync(int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            _scrapes.Set(++_scraped);
            _time.Advance(ScrapeInterval);
            await Eventually.True("the second was scraped", Deadline, WasScrapedAsync, Token);
        }
    }

    private async Task<bool> WasScrapedAsync()
    {
        QueryResult result = await _engine.QueryAsync("marker", _time.GetUtcNow(), Token);
        return result.Value is VectorValue { Samples: [{ Sample.Value: var value }] } && value >= _scraped;
    }
}
