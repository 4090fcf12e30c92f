using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;
using Trireme.Telemetry.Tests.Http;
using Trireme.Testing;

namespace Trireme.Telemetry.Tests.Storage;

/// <summary>Who fills the store is named: in the metrics, in the log and by the API.</summary>
public sealed class StoreLossesTests
{
    private static readonly TelemetryOptions Small = new() { MaxSeries = 100, Retention = TimeSpan.FromDays(40_000) };

    [Fact]
    public void The_source_that_loses_most_is_named_once_and_counted()
    {
        var registry = new MetricRegistry();
        HeadStore store = TestStores.Create(Small, registry);
        Append(store, "steady", 0, 10);
        Assert.Null(store.TakeLosses());
        Append(store, "big", 0, 200);
        SourceUsage most = store.TakeLosses()!;
        Assert.Equal(("big", 90, 0L, 110L), (most.Source.Get("job"), most.Series, most.Evicted, most.Refused));
        Assert.Null(store.TakeLosses());
        Append(store, "late", 1000, 30);
        most = store.TakeLosses()!;
        Assert.Equal(("big", 30L), (most.Source.Get("job"), most.Evicted));
        string text = registry.ToText();
        const string Name = "trireme_telemetry_source_lost_samples_total";
        Assert.Contains($"{Name}{{source_job=\"big\",source_instance=\"i\",outcome=\"refused\"}} 110\n", text, StringComparison.Ordinal);
        Assert.Contains($"{Name}{{source_job=\"big\",source_instance=\"i\",outcome=\"evicted\"}} 30\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("steady", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_metric_names_a_bounded_number_of_sources()
    {
        var registry = new MetricRegistry();
        HeadStore store = TestStores.Create(new TelemetryOptions { MaxSeries = 1 }, registry);
        for (int i = 0; i < 300; i++) Append(store, "job-" + i.ToString(CultureInfo.InvariantCulture), i, 3);
        string[] lines = registry.ToText().Split('\n');
        lines = Array.FindAll(lines, static line => line.StartsWith("trireme_telemetry_source_lost", StringComparison.Ordinal));
        Assert.InRange(lines.Length, 50, 202);
        Assert.Contains(lines, static line => line.Contains("source_job=\"other\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_log_names_it_and_not_again_soon()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        HeadStore store = TestStores.Create(Small);
        var log = new RecordedLog();
        using var loop = new RetentionLoop(store, Small, time, log);
        await loop.StartAsync(TestContext.Current.CancellationToken);
        Append(store, "big", 0, 200);
        await Until(() => log.Lines.Length == 1, time);
        Assert.Contains("The source {instance=\"i\", job=\"big\"} has 100 series", log.Lines[0], StringComparison.Ordinal);
        Assert.Contains("0 samples went before their time and 100 were not taken", log.Lines[0], StringComparison.Ordinal);
        Append(store, "big", 1000, 200);
        DateTimeOffset named = time.GetUtcNow();
        await Until(() => store.Sources().Count > 0 && time.GetUtcNow() - named > TimeSpan.FromMinutes(5), time);
        Assert.Single(log.Lines);
        await loop.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_API_lists_the_sources_those_that_lose_samples_first()
    {
        await using TelemetryHost host = await TelemetryHost.StartAsync(new TelemetryOptions
        {
            MaxSeries = 200,
            ScrapeInterval = TimeSpan.FromHours(1),
            Retention = TimeSpan.FromDays(40_000),
        });
        HeadStore store = host.Services.GetRequiredService<HeadStore>();
        Append(store, "steady", 0, 20);
        Append(store, "big", 0, 1000);
        using JsonDocument json = JsonDocument.Parse((await host.GetAsync("/api/v1/status/tsdb")).Body);
        JsonElement first = json.RootElement.GetProperty("data").GetProperty("sources")[0];
        Assert.Equal("big", first.GetProperty("labels").GetProperty("job").GetString());
        Assert.True(first.GetProperty("refusedSamples").GetInt64() >= 820);
        Assert.True(first.GetProperty("series").GetInt32() > 20 && first.GetProperty("bytes").GetInt64() > 0);
        Assert.Equal(0, first.GetProperty("evictedSamples").GetInt64());
    }

    private static void Append(HeadStore store, string job, long at, int series)
    {
        using ISeriesAppender appender = store.Open(TestStores.Labels("job", job, "instance", "i"), SourceKind.Target);
        appender.Begin();
        for (int i = 0; i < series; i++)
        {
            LabelSet labels = TestStores.Labels("__name__", "m", "job", job, "i", i.ToString(CultureInfo.InvariantCulture));
            appender.Append(appender.Refer(labels), at, 1);
        }

        appender.Commit();
    }

    private static Task Until(Func<bool> holds, FakeTimeProvider time) => Eventually.True(
        "the loop came round",
        TimeSpan.FromSeconds(30),
        () =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            return Task.FromResult(holds());
        },
        TestContext.Current.CancellationToken);

    private sealed class RecordedLog : ILogger<RetentionLoop>
    {
        private readonly Lock _lock = new();
        private readonly List<string> _lines = [];

        public string[] Lines
        {
            get
            {
                lock (_lock) return [.. _lines];
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lock) _lines.Add(formatter(state, exception));
        }
    }
}
