using System.Buffers;
using Microsoft.Extensions.Logging;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// Scrapes one target at a fixed interval until it is stopped. Targets are spread over the interval by a hash of their labels, so
/// that a fleet is not scraped in one burst. Each scrape adds up, scrape_duration_seconds and scrape_samples_scraped.
/// </summary>
internal sealed partial class TargetScraper
{
    /// <summary>A target whose one answer was large does not hold the memory for ever.</summary>
    private const int KeptBodyBytes = 1 << 20;

    private readonly IScrapeReader _reader;
    private readonly ScrapeContext _context;
    private readonly TargetSeries _series;
    private ArrayBufferWriter<byte> _body = new();
    private readonly ReportedSeries _up;
    private readonly ReportedSeries _duration;
    private readonly ReportedSeries _samples;
    private TargetState _state = TargetState.Unknown;

    public TargetScraper(string address, LabelSet labels, IScrapeReader reader, ScrapeContext context)
    {
        Address = address;
        Labels = labels;
        _reader = reader;
        _context = context;
        _series = new TargetSeries(labels, context.Store, context.Metadata, context.Options);
        _up = new ReportedSeries(labels.With(LabelNames.MetricName, "up"));
        _duration = new ReportedSeries(labels.With(LabelNames.MetricName, "scrape_duration_seconds"));
        _samples = new ReportedSeries(labels.With(LabelNames.MetricName, "scrape_samples_scraped"));
    }

    public string Address { get; }

    public LabelSet Labels { get; }

    public TargetState State => Volatile.Read(ref _state);

    /// <summary>Scrapes until cancelled, then ends all series of the target.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeProvider time = _context.Time;
        TimeSpan interval = _context.Options.ScrapeInterval;
        try
        {
            await Task.Delay(Offset(interval), time, cancellationToken);
            using var timer = new PeriodicTimer(interval, time);
            do
            {
                await _context.Turns.WaitAsync(cancellationToken);
                try
                {
                    await ScrapeAsync(cancellationToken);
                }
                finally
                {
                    _context.Turns.Release();
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            EndAll();
        }
    }

    public async Task ScrapeAsync(CancellationToken cancellationToken)
    {
        TimeProvider time = _context.Time;
        DateTimeOffset started = time.GetUtcNow();
        long startedTicks = time.GetTimestamp();
        string? failure = await ReadAsync(cancellationToken);
        long at = started.ToUnixTimeMilliseconds();
        ScrapeOutcome outcome;
        if (failure is null)
        {
            outcome = _series.Ingest(_body.WrittenSpan, at);
        }
        else
        {
            _series.End(at);
            outcome = new ScrapeOutcome(failure, 0, 0);
        }

        Report(started, time.GetElapsedTime(startedTicks), outcome);
    }

    /// <summary>Fills the body; returns why it could not, or null.</summary>
    private async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_body.Capacity > KeptBodyBytes) _body = new ArrayBufferWriter<byte>();
        else _body.ResetWrittenCount();
        using var timeout = new CancellationTokenSource(_context.Options.ScrapeTimeout, _context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await _reader.ReadAsync(_body, either.Token);
            return null;
        }
        catch (Exception exception) when (exception is ScrapeException or HttpRequestException or IOException)
        {
            return exception.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {_context.Options.ScrapeTimeout.TotalSeconds:0.###} s";
        }
    }

    private void Report(DateTimeOffset started, TimeSpan duration, in ScrapeOutcome outcome)
    {
        TargetState before = State;
        string health = outcome.Error is null ? "up" : "down";
        Volatile.Write(ref _state, new TargetState(health, outcome.Error ?? "", started, duration));
        _context.Metrics.Finished(outcome);
        long at = started.ToUnixTimeMilliseconds();
        _up.Append(_context.Store, at, outcome.Error is null ? 1 : 0);
        _duration.Append(_context.Store, at, duration.TotalSeconds);
        _samples.Append(_context.Store, at, outcome.Samples);
        if (before.Health == health) return;
        if (outcome.Error is null) LogUp(_context.Logger, Address);
        else LogDown(_context.Logger, Address, outcome.Error);
    }

    private void EndAll()
    {
        long at = _context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _series.End(at);
        _up.Append(_context.Store, at, StaleMarker.Value);
        _duration.Append(_context.Store, at, StaleMarker.Value);
        _samples.Append(_context.Store, at, StaleMarker.Value);
    }

    /// <summary>The same after every restart, so that the distance between samples stays even.</summary>
    private TimeSpan Offset(TimeSpan interval)
    {
        uint hash = 2166136261;
        foreach (char c in Address + Labels)
        {
            hash = (hash ^ c) * 16777619;
        }

        return interval * (hash / (uint.MaxValue + 1.0));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Scrape target {Address} is up")]
    private static partial void LogUp(ILogger logger, string address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Scrape target {Address} is down: {Error}")]
    private static partial void LogDown(ILogger logger, string address, string error);

    private sealed class ReportedSeries(LabelSet labels)
    {
        private MemorySeries? _stored;

        public void Append(SeriesStore store, long timestampMs, double value) => store.Append(ref _stored, labels, timestampMs, value);
    }
}
