using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;

namespace Trireme.Kubernetes;

/// <summary>
/// Brings each key's world in line, again and again: the reconcile function gets a name, reads what is, and converges. It never
/// learns what happened, so a lost or doubled notification does no harm.
/// </summary>
public sealed class Controller<TKey> : IControlLoop, IDisposable
    where TKey : notnull
{
    private readonly ControllerOptions _options;
    private readonly Func<TKey, CancellationToken, Task<ReconcileResult>> _reconcile;
    private readonly KeyReconcile<TKey> _each;

    public Controller(
        ControllerOptions options,
        Func<TKey, CancellationToken, Task<ReconcileResult>> reconcile,
        MetricRegistry metrics,
        ILogger<Controller<TKey>> logger,
        TimeProvider time)
    {
        _options = options;
        _reconcile = reconcile;
        Queue = new WorkQueue<TKey>(time, options.Backoff);
        var own = new ControllerMetrics(metrics, options.Name, () => Queue.Depth, () => Queue.Delayed);
        _each = new KeyReconcile<TKey>(options.Name, Queue, own, logger, time);
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
                await _each.RunAsync(key, () => _reconcile(key, cancellationToken), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Shutdown.
        }
    }
}
