using Microsoft.Extensions.Logging;
using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// Scrapes one target at a fixed interval until it is stopped, on a turn of its own: no other target's slowness delays it. Targets are
/// spread over the interval by a hash of their labels, so that a fleet is not scraped in one burst. Each scrape adds up,
/// scrape_duration_seconds and scrape_samples_scraped, whatever came of it.
/// </summary>
internal sealed partial class TargetScraper(string address, LabelSet labels, IScrape scrape, ScrapeContext context) : IDisposable
{
    /// <summary>
    /// Scrapes that fail in a row before anyone is warned. A replica that ends as it should stops to answer a moment before it stops to be
    /// a target.
    /// </summary>
    private const int FailuresBeforeWarning = 2;

    private readonly ScrapeReport _report = new(labels, context.Appenders);
    private TargetState _state = TargetState.Unknown;
    private int _failures;
    private bool? _toldUp;

    public string Address { get; } = address;

    public LabelSet Labels { get; } = labels;

    public TargetState State => Volatile.Read(ref _state);

    /// <summary>Scrapes until cancelled, then ends all series of the target.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeProvider time = context.Time;
        TimeSpan interval = context.Options.ScrapeInterval;
        try
        {
            await Task.Delay(Offset(interval), time, cancellationToken);
            using var timer = new PeriodicTimer(interval, time);
            do await ScrapeAsync(cancellationToken);
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The target is gone or the platform stops.
        }
        finally
        {
            long at = time.GetUtcNow().ToUnixTimeMilliseconds();
            scrape.End(at);
            _report.End(at);
        }
    }

    public async Task ScrapeAsync(CancellationToken cancellationToken)
    {
        TimeProvider time = context.Time;
        DateTimeOffset started = time.GetUtcNow();
        long startedTicks = time.GetTimestamp();
        long at = started.ToUnixTimeMilliseconds();
        using var timeout = new CancellationTokenSource(context.Options.ScrapeTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        ScrapeOutcome outcome;
        try
        {
            outcome = await scrape.ReadAsync(at, either.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever is wrong with a target is the state of this target, and the next scrape tries again.
            scrape.End(at);
            outcome = new ScrapeOutcome(Reason(exception), 0, 0);
        }

        Report(started, time.GetElapsedTime(startedTicks), outcome);
    }

    public void Dispose()
    {
        scrape.Dispose();
        _report.Dispose();
    }

    private string Reason(Exception exception) => exception switch
    {
        OperationCanceledException => $"no answer within {context.Options.ScrapeTimeout.TotalSeconds:0.###} s",
        ScrapeException => exception.Message,
        HttpRequestException or IOException => Cause(exception),
        _ => $"{exception.GetType().Name}: {exception.Message}",
    };

    /// <summary>The innermost message, as those around it only say that sending failed; or one that repeats it with the address.</summary>
    private static string Cause(Exception exception)
    {
        string innermost = exception.GetBaseException().Message;
        return exception.Message.Contains(innermost, StringComparison.Ordinal) ? exception.Message : innermost;
    }

    private void Report(DateTimeOffset started, TimeSpan duration, in ScrapeOutcome outcome)
    {
        string health = outcome.Error is null ? "up" : "down";
        Volatile.Write(ref _state, new TargetState(health, outcome.Error ?? "", started, duration));
        context.Metrics.Finished(outcome);
        _report.Write(started.ToUnixTimeMilliseconds(), outcome, duration);
        Tell(outcome.Error);
    }

    /// <summary>Logs a target that is up or down otherwise than was told before.</summary>
    private void Tell(string? error)
    {
        _failures = error is null ? 0 : _failures + 1;
        if (error is null && _toldUp != true) LogUp(context.Logger, Address);
        else if (_failures >= FailuresBeforeWarning && _toldUp != false) LogDown(context.Logger, Address, _failures, error!);
        else return;
        _toldUp = error is null;
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Scrape target {Address} is down, {Failures} scrapes in a row: {Error}")]
    private static partial void LogDown(ILogger logger, string address, int failures, string error);
}
