namespace Trireme.Operator.Releases;

/// <summary>
/// Bounds how many chunks are hashed at a time. The file with the fewest bytes left goes first, so that a small one never waits for
/// the end of a large one. A turn lasts for one chunk.
/// </summary>
internal sealed class HashingTurns(int countMax)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, (long RemainingBytes, long Arrival)> _waiting = new();
    private int _inside;
    private long _arrivals;

    public async Task EnterAsync(long remainingBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource waiter;
        lock (_lock)
        {
            if (_inside < countMax)
            {
                _inside++;
                return;
            }

            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter, (remainingBytes, _arrivals++));
        }

        await using CancellationTokenRegistration cancelled = cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken));
        await waiter.Task;
    }

    public void Leave()
    {
        lock (_lock)
        {
            // Who was cancelled while it waited is passed over.
            while (_waiting.TryDequeue(out TaskCompletionSource? next, out _))
            {
                if (next.TrySetResult()) return;
            }

            _inside--;
        }
    }
}
