namespace Trireme.Operator;

/// <summary>Work that control loops begin and do not wait for. Disposing cancels it and waits for its end.</summary>
internal sealed class BackgroundWork : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];

    /// <summary>Begins once the caller is done with what it holds. The work handles its own errors.</summary>
    public void Start(Func<CancellationToken, Task> work)
    {
        lock (_lock)
        {
            _running.RemoveWhere(task => task.IsCompleted);
            _running.Add(RunAsync(work));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] running;
        lock (_lock)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running);
        _stop.Dispose();
    }

    private async Task RunAsync(Func<CancellationToken, Task> work)
    {
        await Task.Yield();
        try
        {
            await work(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The platform stops.
        }
    }
}
