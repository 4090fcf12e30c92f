namespace Trireme.Operator;

/// <summary>
/// Lets a number of callers in at the same time and the others in the order they came. Unlike a semaphore it wakes them where they
/// wait, not on the thread pool, so that a run under virtual time stays in order.
/// </summary>
internal sealed class ConcurrencyGate(int countMax)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _inside;

    public async Task<TResult> RunAsync<TResult>(Func<Task<TResult>> work, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            Leave();
        }
    }

    public Task RunAsync(Func<Task> work, CancellationToken cancellationToken) => RunAsync<bool>(
        async () =>
        {
            await work();
            return true;
        },
        cancellationToken);

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_inside < countMax)
            {
                _inside++;
                return;
            }

            _waiting.Enqueue(waiter);
        }

        await using CancellationTokenRegistration cancelled = cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken));
        await waiter.Task;
    }

    private void Leave()
    {
        lock (_lock)
        {
            // Who was cancelled while it waited is passed over.
            while (_waiting.TryDequeue(out TaskCompletionSource? next))
            {
                if (next.TrySetResult()) return;
            }

            _inside--;
        }
    }
}
