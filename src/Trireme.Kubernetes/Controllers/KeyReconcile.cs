using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Trireme.Kubernetes;

/// <summary>
/// What every reconcile of a key gets, alone or in a batch: a log scope, a measured duration, a pause that grows with failures, and the
/// key handed back to the queue in the end.
/// </summary>
internal sealed partial class KeyReconcile<TKey>(
    string controller, WorkQueue<TKey> queue, ControllerMetrics metrics, ILogger logger, TimeProvider time)
    where TKey : notnull
{
    private long _reconcileId;

    /// <summary>Runs the reconcile and settles what the key does next. Throws only when cancelled.</summary>
    public async Task RunAsync(TKey key, Func<Task<ReconcileResult>> reconcile, CancellationToken cancellationToken)
    {
        string id = Interlocked.Increment(ref _reconcileId).ToString(CultureInfo.InvariantCulture);
        using IDisposable? scope = logger.BeginScope(new ReconcileScope(controller, key, id));
        long started = time.GetTimestamp();
        try
        {
            ReconcileResult result = await reconcile();
            queue.Forget(key);
            if (result.RequeueAfter is { } delay) queue.AddAfter(key, delay);
            (result.RequeueAfter is null ? metrics.Done : metrics.Requeued).Add();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (ApiException exception) when (exception.IsConflict)
        {
            // Someone wrote in between; the next reconcile sees what.
            metrics.Conflicts.Add();
            TimeSpan pause = queue.AddAfterFailure(key);
            LogConflict(controller, key, id, pause, exception.Message);
        }
        catch (Exception exception)
        {
            metrics.Errors.Add();
            TimeSpan pause = queue.AddAfterFailure(key);
            LogFailed(exception, controller, key, id, pause);
        }
        finally
        {
            metrics.Seconds.Observe(time.GetElapsedTime(started).TotalSeconds);
            queue.Done(key);
        }
    }

    [LoggerMessage(
        LogLevel.Debug, "{Controller} {Key} (reconcile {ReconcileId}) met a newer version and is tried again in {Pause}: {Message}")]
    private partial void LogConflict(string controller, TKey key, string reconcileId, TimeSpan pause, string message);

    [LoggerMessage(LogLevel.Error, "{Controller} {Key} (reconcile {ReconcileId}) failed and is tried again in {Pause}")]
    private partial void LogFailed(Exception exception, string controller, TKey key, string reconcileId, TimeSpan pause);
}
