using System.Globalization;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;

namespace Trireme.Kubernetes;

/// <summary>
/// Brings each key's world in line, again and again: the reconcile function gets a name, reads what is, and converges. It never
/// learns what happened, so a lost or doubled notification does no harm.
/// </summary>
public sealed partial class Controller<TKey> : IDisposable
    where TKey : notnull
{
    private readonly ControllerOptions _options;
    private readonly Func<TKey, CancellationToken, Task<ReconcileResult>> _reconcile;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ControllerMetrics _metrics;
    private long _reconcileId;

    public Controller(
        ControllerOptions options,
        Func<TKey, CancellationToken, Task<ReconcileResult>> reconcile,
        MetricRegistry metrics,
        ILogger<Controller<TKey>> logger,
        TimeProvider time)
    {
        _options = options;
        _reconcile = reconcile;
        _time = time;
        _logger = logger;
        Queue = new WorkQueue<TKey>(time, options.Backoff);
        _metrics = new ControllerMetrics(metrics, options.Name, () => Queue.Depth, () => Queue.Delayed);
    }

    public WorkQueue<TKey> Queue { get; }

    /// <summary>Works until cancelled, then waits for the reconciles under way, which see the same cancellation.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(_ => WorkAsync(cancellationToken)));

    public void Dispose() => Queue.Dispose();

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        // Callers start controllers one after the other; the first await must not be the first reconcile's.
        await Task.Yield();
        try
        {
            while (true)
            {
                TKey key = await Queue.TakeAsync(cancellationToken);
                try
                {
                    await ReconcileAsync(key, cancellationToken);
                }
                finally
                {
                    Queue.Done(key);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Shutdown.
        }
    }

    private async Task ReconcileAsync(TKey key, CancellationToken cancellationToken)
    {
        string id = Interlocked.Increment(ref _reconcileId).ToString(CultureInfo.InvariantCulture);
        using IDisposable? scope = _logger.BeginScope(new ReconcileScope(_options.Name, key, id));
        long started = _time.GetTimestamp();
        try
        {
            ReconcileResult result = await _reconcile(key, cancellationToken);
            Queue.Forget(key);
            if (result.RequeueAfter is { } delay) Queue.AddAfter(key, delay);
            (result.RequeueAfter is null ? _metrics.Done : _metrics.Requeued).Add();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (ApiException exception) when (exception.IsConflict)
        {
            // Someone wrote in between; the next look sees what.
            _metrics.Conflicts.Add();
            TimeSpan pause = Queue.AddAfterFailure(key);
            LogConflict(_options.Name, key, id, pause, exception.Message);
        }
        catch (Exception exception)
        {
            _metrics.Errors.Add();
            TimeSpan pause = Queue.AddAfterFailure(key);
            LogFailed(exception, _options.Name, key, id, pause);
        }
        finally
        {
            _metrics.Seconds.Observe(_time.GetElapsedTime(started).TotalSeconds);
        }
    }

    [LoggerMessage(
        LogLevel.Debug, "{Controller} {Key} (reconcile {ReconcileId}) met a newer version and looks again in {Pause}: {Message}")]
    private partial void LogConflict(string controller, TKey key, string reconcileId, TimeSpan pause, string message);

    [LoggerMessage(LogLevel.Error, "{Controller} {Key} (reconcile {ReconcileId}) failed and is tried again in {Pause}")]
    private partial void LogFailed(Exception exception, string controller, TKey key, string reconcileId, TimeSpan pause);
}
