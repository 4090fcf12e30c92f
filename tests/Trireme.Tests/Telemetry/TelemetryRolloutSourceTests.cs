using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Hosting.Telemetry;
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
    private readonly Gauge.Series _scrapes;
    private IHost _host = null!;
    private IQueryEngine _engine = null!;
    private TelemetryRolloutSource _source = null!;
    private int _scraped;

    public TelemetryRolloutSourceTests()
    {
        _requests = _registry.Counter(GatewayMetricNames.Requests, "Requests.", "namespace", "service", "release", "code");
        _ttft = _registry.Histogram(GatewayMetricNames.TimeToFirstToken, "TTFT.", [1], "namespace", "service", "release");
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
        for (int second = 0; second < 10; second++)
        {
            Answer(Old, "200", 3);
            Answer(New, "200", 2);
            Answer(New, "503", 1);
            Answer(New, "499", 4);
            Answer(New, "400", 5);
            Answer(Old, "404", 3);
            Answer(New, "413", 2);
            Answer(New, "422", 1);
            _ttft.With("default", "tiny", "new").Observe(0.5);
            await PassAsync(1);
        }

        IReadOnlyList<WindowPair> pairs = await ReadAsync(since);
        Assert.Equal(2, pairs.Count);
        Assert.Equal(30, pairs.Sum(static pair => pair.Baseline.Requests));
        Assert.Equal((30, 10), (pairs.Sum(static pair => pair.Candidate.Requests), pairs.Sum(static pair => pair.Candidate.Errors)));
        Assert.Equal((10, 5.0), (pairs.Sum(static pair => pair.Candidate.TtftCount), pairs.Sum(static pair => pair.Candidate.TtftSeconds)));
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
        for (int second = 0; second < 15; second++)
        {
            // The middle window sees one series of one release begin again at zero.
            if (second == 7) _requests.Remove("default", "tiny", "new", "200");
            Answer(Old, "200", 3);
            Answer(New, "200", 2);
            Answer(New, "500", 1);
            await PassAsync(1);
        }

        IReadOnlyList<WindowPair> pairs = await ReadAsync(since);
        Assert.Equal(3, pairs.Count);
        Assert.Equal(45, pairs.Sum(static pair => pair.Baseline.Requests));
        Assert.Equal((45, 15), (pairs.Sum(static pair => pair.Candidate.Requests), pairs.Sum(static pair => pair.Candidate.Errors)));
        Assert.All(pairs, static pair => Assert.InRange(pair.Candidate.Requests, 10, 20));
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
        await PassAsync(4);
        Assert.Empty(await ReadAsync(since));
    }

    private Task<IReadOnlyList<WindowPair>> ReadAsync(DateTimeOffset since) =>
        _source.ReadWindowsAsync("default", "tiny", Old, New, _time.GetUtcNow() - since, Token);

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
