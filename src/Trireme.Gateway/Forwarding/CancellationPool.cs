using System.Collections.Concurrent;

namespace Trireme.Gateway.Forwarding;

/// <summary>Keeps cancellation sources that were never cancelled for the next attempts.</summary>
internal sealed class CancellationPool(TimeProvider time)
{
    /// <summary>More than are in use at once under a usual load; further ones are left to the garbage collector.</summary>
    private const int MaxKept = 1024;

    private readonly ConcurrentQueue<AttemptCancellation> _kept = new();
    private int _count;

    /// <summary>A source that the client's leaving cancels, and the replica's silence. Dispose it to give it back.</summary>
    public AttemptCancellation Rent(CancellationToken clientLeft)
    {
        if (_kept.TryDequeue(out AttemptCancellation? cancellation)) Interlocked.Decrement(ref _count);
        else cancellation = new AttemptCancellation(this, time);
        cancellation.Begin(clientLeft);
        return cancellation;
    }

    internal bool TryKeep(AttemptCancellation cancellation)
    {
        if (Interlocked.Increment(ref _count) > MaxKept)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _kept.Enqueue(cancellation);
        return true;
    }
}
