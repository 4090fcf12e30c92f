using System.Globalization;
using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// Keeps one scraper running for every target and every source of this process: starts and stops them as targets come and go, and starts
/// those again that failed.
/// </summary>
internal sealed partial class ScrapeLoop : BackgroundService
{
    private readonly IScrapeTargets _targets;
    private readonly MetricSource[] _sources;
    private readonly ScrapeContext _context;
    private readonly HttpClient _client;

    /// <summary>By the <see cref="ScrapeTarget"/> or <see cref="MetricSource"/> that is scraped.</summary>
    private Dictionary<object, RunningScraper> _running = [];

    public ScrapeLoop(
        IScrapeTargets targets,
        IEnumerable<MetricSource> sources,
        ISeriesAppenders appenders,
        MetricMetadata metadata,
        ScrapeMetrics metrics,
        TelemetryOptions options,
        TimeProvider time,
        ILogger<ScrapeLoop> logger)
    {
        _targets = targets;
        _sources = [.. sources];
        _context = new ScrapeContext(appenders, metadata, options, metrics, new ScrapeMemory(options.MaxScrapeMemoryBytes), time, logger);
        _client = CreateClient(options);
    }

    /// <summary>The scrapers that run now.</summary>
    public IEnumerable<TargetScraper> Scrapers => Volatile.Read(ref _running).Values.Select(static running => running.Scraper);

    public static HttpClient CreateClient(TelemetryOptions options)
    {
        var client = new HttpClient(new SocketsHttpHandler
        {
            // Compressed answers are decoded by the scrape, which tells whole ones from cut ones.
            AutomaticDecompression = DecompressionMethods.None,
            // Targets are named by the platform; an answer that points elsewhere is not to be followed.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            // A scrape belongs to no request whose trace it could carry on.
            ActivityHeadersPropagator = null,
            // An attempt to connect outlives the scrape that began it, and would keep its descriptor.
            ConnectTimeout = options.ScrapeTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            // Each scrape brings its own timeout.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.Add("Accept", "text/plain;version=0.0.4, application/openmetrics-text;q=0.5");
        client.DefaultRequestHeaders.Add("Accept-Encoding", "gzip");
        client.DefaultRequestHeaders.Add(
            "X-Prometheus-Scrape-Timeout-Seconds",
            options.ScrapeTimeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture));
        return client;
    }

    public override void Dispose()
    {
        base.Dispose();
        _client.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(_context.Options.ScrapeInterval, _context.Time);
            do await ReconcileAsync(Wanted(), stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The platform stops, and with it all scrapers.
        }
        finally
        {
            await ReconcileAsync([], stoppingToken);
        }
    }

    /// <summary>Sources and targets, each once; the targets of before where they cannot be read.</summary>
    private HashSet<object> Wanted()
    {
        try
        {
            return [.. _sources, .. _targets.Current];
        }
        catch (Exception exception)
        {
            LogTargetsFailed(_context.Logger, exception);
            return [.. _sources, .. _running.Keys];
        }
    }

    /// <summary>Starts scrapers for what is new or failed, and stops those of what is gone.</summary>
    private async Task ReconcileAsync(HashSet<object> wanted, CancellationToken stoppingToken)
    {
        var next = new Dictionary<object, RunningScraper>(wanted.Count);
        foreach (object key in wanted)
        {
            bool runs = _running.TryGetValue(key, out RunningScraper? running) && !running.Run.IsCompleted;
            next.Add(key, runs ? running! : Start(key, stoppingToken));
        }

        RunningScraper[] gone = [.. _running.Values.Except(next.Values)];
        Volatile.Write(ref _running, next);
        _context.Metrics.Targets(next.Count);
        foreach (RunningScraper running in gone) await running.Cancellation.CancelAsync();
        foreach (RunningScraper running in gone)
        {
            await running.Run;
            running.Cancellation.Dispose();
        }
    }

    private RunningScraper Start(object key, CancellationToken stoppingToken)
    {
        TargetScraper scraper = key is MetricSource source ? ScraperOf(source) : ScraperOf((ScrapeTarget)key);
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        return new RunningScraper(scraper, RunAsync(scraper, cancellation.Token), cancellation);
    }

    private TargetScraper ScraperOf(MetricSource source)
    {
        ISeriesAppender appender = _context.Appenders.Open(source.Labels, SourceKind.Platform);
        var series = new RegistrySeries(source, appender, _context.Metadata, _context.Options);
        string address = "process:" + source.Labels.Get(LabelNames.Job);
        return new TargetScraper(address, source.Labels, new RegistryScrape(series), _context);
    }

    private TargetScraper ScraperOf(ScrapeTarget target)
    {
        LabelSet labels = target.Labels.Get(LabelNames.Instance).Length > 0
            ? target.Labels
            : target.Labels.With(LabelNames.Instance, target.Url.Authority);
        ISeriesAppender appender = _context.Appenders.Open(labels, SourceKind.Target);
        var series = new TargetSeries(labels, appender, _context.Metadata, _context.Options);
        var scrape = new HttpScrape(_client, target, series, _context.Memory, _context.Options);
        return new TargetScraper(target.Url.AbsoluteUri, labels, scrape, _context);
    }

    /// <summary>A fault of one scraper must not take the others down; the next reconcile starts it again.</summary>
    private async Task RunAsync(TargetScraper scraper, CancellationToken cancellationToken)
    {
        try
        {
            using (scraper) await scraper.RunAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            LogScraperFailed(_context.Logger, exception, scraper.Address);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The scraper of {Address} failed and is started again")]
    private static partial void LogScraperFailed(ILogger logger, Exception exception, string address);

    [LoggerMessage(Level = LogLevel.Error, Message = "The targets to scrape cannot be read; those known are scraped on")]
    private static partial void LogTargetsFailed(ILogger logger, Exception exception);

    private sealed record RunningScraper(TargetScraper Scraper, Task Run, CancellationTokenSource Cancellation);
}
