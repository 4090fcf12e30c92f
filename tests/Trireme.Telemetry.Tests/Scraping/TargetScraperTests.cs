using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Scraping;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Tests.Scraping;

public sealed class TargetScraperTests
{
    /// <summary>What each scrape came to, "+" or "-", and what is logged of it.</summary>
    [Theory]
    [InlineData("a replica that ends as it should", "++-", "up")]
    [InlineData("a replica that stays away", "++---", "up down")]
    [InlineData("a replica that is away for a moment", "+-+-+", "up")]
    [InlineData("a replica that comes back", "+--++", "up down up")]
    [InlineData("a replica that never answers", "---", "down")]
    public async Task Nobody_is_warned_of_a_target_that_fails_once(string sentence, string scrapes, string logged)
    {
        var log = new Recorder();
        var options = new TelemetryOptions();
        var time = new FakeTimeProvider();
        var registry = new MetricRegistry();
        HeadStore store = TestStores.Create(options);
        var context = new ScrapeContext(
            store, new MetricMetadata(), options, new ScrapeMetrics(registry), new ScrapeMemory(1 << 20), time, log);
        using var scraper = new TargetScraper("http://replica/metrics", LabelSet.Empty, new Answers(scrapes), context);
        foreach (char _ in scrapes)
        {
            await scraper.ScrapeAsync(TestContext.Current.CancellationToken);
            time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.True(logged == string.Join(' ', log.Lines.Select(Word)), $"{sentence}: {string.Join("; ", log.Lines)}");
        Assert.Equal(scrapes[^1] == '+' ? "up" : "down", scraper.State.Health);

        static string Word((LogLevel Level, string Text) line) => line.Level == LogLevel.Warning ? "down" : "up";
    }

    private sealed class Answers(string scrapes) : IScrape
    {
        private int _next;

        public Task<ScrapeOutcome> ReadAsync(long timestampMs, CancellationToken cancellationToken) =>
            Task.FromResult(new ScrapeOutcome(scrapes[_next++] == '+' ? null : "Connection refused", 0, 0));

        public void End(long timestampMs)
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class Recorder : ILogger
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue((logLevel, formatter(state, exception)));
    }
}
