using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// Keeps one scraper running for every target and every source of this process, starts and stops them as targets come and go, and
/// evicts what is past its time.
/// </summary>
internal sealed partial class ScrapeLoop : BackgroundService
{
    private readonly IScrapeTargets _targets;
    private readonly ScrapeContext _context;
    private readonly HttpClient _client;
    private readonly List<(TargetScraper Scraper, Task Run)> _sources = [];
    private readonly IMetricSource[] _metricSources;
    private Dictionary<ScrapeTarget, RunningScraper> _running = [];

    public ScrapeLoop(
        IScrapeTargets targets,
        IEnumerable<IMetricSource> sources,
        SeriesStore store,
        MetricMetadata metadata,
        ScrapeMetrics metrics,
        TelemetryOptions options,
        TimeProvider time,
        ILogger<ScrapeLoop> logger)
    {
        _targets = targets;
        _metricSources = [.. sources];
        _context = new ScrapeContext(store, metadata, options, metrics, time, new SemaphoreSlim(options.MaxConcurrentScrapes), logger);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.All,
            // Targets are named by the platform; an answer that points elsewhere is not to be followed.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            // Each scrape brings its own timeout.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The scrapers that run now.</summary>
    public IEnumerable<TargetScraper> Scrapers =>
    [
        .. Volatile.Read(ref _running).Values.Select(static running => running.Scraper),
        .. _sources.Select(static source => source.Scraper),
    ];

    public override void Dispose()
    {
        base.Dispose();
        _client.Dispose();
        _context.Turns.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (IMetricSource source in _metricSources)
        {
            string address = "process:" + source.Labels.Get(LabelNames.Job);
            var scraper = new TargetScraper(address, source.Labels, new SourceScrapeReader(source), _context);
            _sources.Add((scraper, RunAsync(scraper, stoppingToken)));
        }

        try
        {
            using var timer = new PeriodicTimer(_context.Options.ScrapeInterval, _context.Time);
            do
            {
                await ReconcileAsync(stoppingToken);
                _context.Store.EvictExpired(_context.Time.GetUtcNow());
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll([.. _running.Values.Select(static running => running.Run), .. _sources.Select(static source => source.Run)]);
            foreach (RunningScraper running in _running.Values) running.Cancellation.Dispose();
        }
    }

    /// <summary>Starts scrapers for new targets and stops those of targets that are gone.</summary>
    private async Task ReconcileAsync(CancellationToken stoppingToken)
    {
        var next = new Dictionary<ScrapeTarget, RunningScraper>();
        foreach (ScrapeTarget target in _targets.Current)
        {
            if (next.ContainsKey(target)) continue;
            bool runs = _running.TryGetValue(target, out RunningScraper? running) && !running.Run.IsCompleted;
            next.Add(target, runs ? running! : Start(target, stoppingToken));
        }

        RunningScraper[] gone = [.. _running.Values.Except(next.Values)];
        Volatile.Write(ref _running, next);
        _context.Metrics.Targets(next.Count + _sources.Count);
        foreach (RunningScraper running in gone) await running.Cancellation.CancelAsync();
        foreach (RunningScraper running in gone)
        {
            await running.Run;
            running.Cancellation.Dispose();
        }
    }

    private RunningScraper Start(ScrapeTarget target, CancellationToken stoppingToken)
    {
        LabelSet labels = target.Labels.Get(LabelNames.Instance).Length > 0
            ? target.Labels
            : target.Labels.With(LabelNames.Instance, target.Url.Authority);
        var reader = new HttpScrapeReader(_client, target.Url, _context.Options);
        var scraper = new TargetScraper(target.Url.AbsoluteUri, labels, reader, _context);
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        return new RunningScraper(scraper, RunAsync(scraper, cancellation.Token), cancellation);
    }

    /// <summary>A fault of one scraper must not take the others down; the next look at the targets starts it again.</summary>
    private async Task RunAsync(TargetScraper scraper, CancellationToken cancellationToken)
    {
        try
        {
            await scraper.RunAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            LogScraperFailed(_context.Logger, exception, scraper.Address);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The scraper of {Address} failed and is started again")]
    private static partial void LogScraperFailed(ILogger logger, Exception exception, string address);

    private sealed record RunningScraper(TargetScraper Scraper, Task Run, CancellationTokenSource Cancellation);
}
