using System.Globalization;
using System.Runtime.CompilerServices;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Testing;

/// <summary>One open watch: what it has not told yet, and what wakes it.</summary>
internal sealed class MemoryWatch<T>(MemoryKind<T> kind, Selection selection)
    where T : class, IResource
{
    private readonly Lock _lock = new();
    private readonly Queue<WatchEvent<T>> _waiting = new();
    private TaskCompletionSource _woken = NewSignal();
    private bool _ended;

    /// <summary>Queues a change as it looks through the selection.</summary>
    public void Offer(MemoryChange<T> change)
    {
        WatchEventType? type = (selection.Matches(change.Before), selection.Matches(change.After)) switch
        {
            (false, true) => WatchEventType.Added,
            (true, true) => WatchEventType.Modified,
            (true, false) => WatchEventType.Deleted,
            _ => null,
        };
        if (type is { } seen) Enqueue(new WatchEvent<T>(seen, change.Shown, change.Shown.Metadata.ResourceVersion!));
    }

    public async IAsyncEnumerable<WatchEvent<T>> ReadAsync(TimeSpan? timeout, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using ITimer? end = timeout is { } length
            ? kind.Time.CreateTimer(_ => End(), null, length, Timeout.InfiniteTimeSpan)
            : null;
        using ITimer bookmarks = kind.Time.CreateTimer(_ => Bookmark(), null, kind.BookmarkInterval, kind.BookmarkInterval);
        using CancellationTokenRegistration cancelled = cancellationToken.Register(End);
        try
        {
            while (true)
            {
                if (Next(out WatchEvent<T>? next, out Task woken))
                {
                    yield return next;
                    continue;
                }

                if (_ended) break;
                await woken;
            }
        }
        finally
        {
            kind.Close(this);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool Next(out WatchEvent<T> next, out Task woken)
    {
        lock (_lock)
        {
            woken = _woken.Task;
            return _waiting.TryDequeue(out next!) && !_ended;
        }
    }

    private void Enqueue(WatchEvent<T> change)
    {
        lock (_lock)
        {
            _waiting.Enqueue(change);
            Wake();
        }
    }

    /// <summary>Everything up to the store's revision is queued already.</summary>
    private void Bookmark() => Enqueue(
        new WatchEvent<T>(WatchEventType.Bookmark, null, kind.Revision.ToString(CultureInfo.InvariantCulture)));

    private void End()
    {
        lock (_lock)
        {
            _ended = true;
            Wake();
        }
    }

    private void Wake()
    {
        _woken.TrySetResult();
        _woken = NewSignal();
    }
}
