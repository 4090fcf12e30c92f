using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;

namespace Trireme.Kubernetes;

/// <summary>
/// Takes all keys that need attention at once, for decisions that must see them together, and lets what follows for each key run by
/// itself: a slow key holds up neither its batch nor the next one. A key is not handed out again before its reconcile has ended.
/// </summary>
public sealed class BatchController<TKey> : IControlLoop, IDisposable
    where TKey : notnull
{
    private readonly Func<IReadOnlyList<TKey>, CancellationToken, IReadOnlyList<(TKey Key, Func<Task<ReconcileResult>> Apply)>> _decide;
    private readonly KeyReconcile<TKey> _each;
    private readonly int _batchSizeMax;
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];

    /// <param name="options">Name and pauses; the number of workers has no meaning here.</param>
    /// <param name="batchSizeMax">Most keys decided together.</param>
    /// <param name="decide">Decides over the keys and returns what to do for them, most urgent first; those left out need nothing.</param>
    /// <param name="metrics">Where the controller counts.</param>
    /// <param name="logger">Where it tells of failures.</param>
    /// <param name="time">Measures durations and pauses.</param>
    public BatchController(
        ControllerOptions options,
        int batchSizeMax,
        Func<IReadOnlyList<TKey>, CancellationToken, IReadOnlyList<(TKey Key, Func<Task<ReconcileResult>> Apply)>> decide,
        MetricRegistry metrics,
        ILogger<BatchController<TKey>> logger,
        TimeProvider time)
    {
        _decide = decide;
        _batchSizeMax = batchSizeMax;
        Queue = new WorkQueue<TKey>(time, options.Backoff);
        var own = new ControllerMetrics(metrics, options.Name, () => Queue.Depth, () => Queue.Delayed);
        _each = new KeyReconcile<TKey>(options.Name, Queue, own, logger, time);
    }

    public WorkQueue<TKey> Queue { get; }

    /// <summary>Works until cancelled, then waits for what is under way, which sees the same cancellation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                IReadOnlyList<TKey> keys = await Queue.TakeBatchAsync(_batchSizeMax, cancellationToken);
                Start(keys, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAll(Running());
        }
    }

    public void Dispose() => Queue.Dispose();

    private void Start(IReadOnlyList<TKey> keys, CancellationToken cancellationToken)
    {
        var undecided = keys.ToHashSet();
        foreach ((TKey key, Func<Task<ReconcileResult>> apply) in Decide(keys, cancellationToken))
        {
            undecided.Remove(key);
            Track(RunAsync(key, apply, cancellationToken));
        }

        foreach (TKey key in undecided) Track(RunAsync(key, static () => Task.FromResult(ReconcileResult.Done), cancellationToken));
    }

    private IReadOnlyList<(TKey Key, Func<Task<ReconcileResult>> Apply)> Decide(
        IReadOnlyList<TKey> keys, CancellationToken cancellationToken)
    {
        try
        {
            return _decide(keys, cancellationToken);
        }
        catch (Exception exception)
        {
            // A decision that throws is a bug; the keys are decided again after a pause, each counted as failed.
            Func<Task<ReconcileResult>> failed = () => Task.FromException<ReconcileResult>(exception);
            return [.. keys.Select(key => (key, failed))];
        }
    }

    private void Track(Task running)
    {
        if (running.IsCompleted) return;
        lock (_lock)
        {
            _running.Add(running);
        }

        _ = ForgetAsync(running);
    }

    private async Task RunAsync(TKey key, Func<Task<ReconcileResult>> action, CancellationToken cancellationToken)
    {
        try
        {
            await _each.RunAsync(key, action, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Shutdown.
        }
    }

    private async Task ForgetAsync(Task running)
    {
        await running;
        lock (_lock)
        {
            _running.Remove(running);
        }
    }

    private Task[] Running()
    {
        lock (_lock)
        {
            return [.. _running];
        }
    }
}
