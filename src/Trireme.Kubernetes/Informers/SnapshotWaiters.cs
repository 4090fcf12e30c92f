using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>Callers that wait until a snapshot shows something.</summary>
internal sealed class SnapshotWaiters<T>
    where T : class, IResource
{
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiting = [];

    public async Task<bool> WaitAsync(
        Func<ResourceSnapshot<T>> current,
        Func<ResourceSnapshot<T>, bool> condition,
        TimeSpan timeout,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var waiter = new Waiter(condition);
        lock (_lock)
        {
            _waiting.Add(waiter);
        }

        try
        {
            // Checked after it is registered, so that no snapshot slips through between the two.
            if (condition(current())) return true;
            using var limit = new CancellationTokenSource(timeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            using CancellationTokenRegistration ended = either.Token.Register(waiter.End);
            bool seen = await waiter.Seen.Task;
            if (!seen) cancellationToken.ThrowIfCancellationRequested();
            return seen;
        }
        finally
        {
            lock (_lock)
            {
                _waiting.Remove(waiter);
            }
        }
    }

    public void Check(ResourceSnapshot<T> snapshot)
    {
        lock (_lock)
        {
            foreach (Waiter waiter in _waiting)
            {
                if (waiter.Condition(snapshot)) waiter.Seen.TrySetResult(true);
            }
        }
    }

    private sealed record Waiter(Func<ResourceSnapshot<T>, bool> Condition)
    {
        public TaskCompletionSource<bool> Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void End() => Seen.TrySetResult(false);
    }
}
