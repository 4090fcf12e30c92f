using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Watching;

/// <summary>One subscriber's queue of changes, bounded by their number and by how far behind its oldest one lies.</summary>
internal sealed class Subscription : IDisposable
{
    private readonly ChangeFeed _feed;
    private readonly ServedResource? _resource;
    private readonly string _namespace;
    private readonly long _maxLagBytes;
    private readonly Channel<(Change Change, long End)> _queue;
    private readonly CancellationTokenSource _overflow = new();

    /// <summary>Bytes published up to the last change that was taken, or that found the queue empty.</summary>
    private long _takenBytes;

    public Subscription(ChangeFeed feed, ServedResource? resource, string @namespace, int queueLength, long maxLagBytes)
    {
        _feed = feed;
        _resource = resource;
        _namespace = @namespace;
        _maxLagBytes = maxLagBytes;
        _queue = Channel.CreateBounded<(Change, long)>(queueLength);
        Changes = new Reader(this);
    }

    /// <summary>True once the subscriber fell so far behind that changes were lost; its queue is closed.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Fires with <see cref="Overflowed"/>, also while the subscriber is stuck on a slow connection.</summary>
    public CancellationToken OverflowToken => _overflow.Token;

    public ChannelReader<Change> Changes { get; }

    /// <summary>A second kind of interest; null for none.</summary>
    public ServedResource? Also { get; init; }

    public void Dispose()
    {
        _feed.Remove(this);
        _overflow.Dispose();
    }

    /// <param name="change">What was committed.</param>
    /// <param name="end">Memory of everything published up to it, it included.</param>
    internal void Offer(Change change, long end)
    {
        if (Overflowed) return;
        if (_queue.Reader.Count == 0) RaiseTaken(end - change.MemoryBytes);
        else if (end - Volatile.Read(ref _takenBytes) > _maxLagBytes) Overflow();
        ServedResource kind = change.Object.Key.Resource;
        if (_resource is not null && kind != _resource && kind != Also) return;
        if (_namespace.Length > 0 && change.Object.Key.Namespace != _namespace) return;
        if (!Overflowed && !_queue.Writer.TryWrite((change, end))) Overflow();
    }

    /// <summary>Ends it: nothing more comes, and what is in the queue can still be taken.</summary>
    internal void EndFor(ServedResource resource)
    {
        if (_resource == resource) _queue.Writer.TryComplete();
    }

    private void Overflow()
    {
        if (!_queue.Writer.TryComplete()) return;
        Overflowed = true;

        // What lies in the queue is of no use any more, and the subscriber may be stuck on the change before it.
        while (_queue.Reader.TryRead(out _))
        {
        }

        // The timer runs the token's callbacks, which must not run inside the publisher.
        _overflow.CancelAfter(TimeSpan.Zero);
    }

    private void RaiseTaken(long bytes)
    {
        long seen = Volatile.Read(ref _takenBytes);
        while (bytes > seen)
        {
            long before = Interlocked.CompareExchange(ref _takenBytes, bytes, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    /// <summary>Takes changes out of the queue and keeps the account of how far that is.</summary>
    private sealed class Reader(Subscription subscription) : ChannelReader<Change>
    {
        public override bool TryRead([MaybeNullWhen(false)] out Change change)
        {
            bool taken = subscription._queue.Reader.TryRead(out (Change Change, long End) next);
            change = next.Change;
            if (taken) subscription.RaiseTaken(next.End);
            return taken;
        }

        public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
            subscription._queue.Reader.WaitToReadAsync(cancellationToken);
    }
}
