using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Watching;

/// <summary>
/// Hands committed changes to whoever watches. Publishing never waits: a subscriber whose queue is full, or who lies so far behind
/// that its queue keeps too much in memory, is ended and has to start over from a list.
/// </summary>
/// <param name="revision">The last revision before the first published change.</param>
/// <param name="queueLength">Most changes in one queue.</param>
/// <param name="maxLagBytes">
/// Most memory of what was published since the oldest change that a queue holds. All queues hold parts of one sequence.
/// </param>
internal sealed class ChangeFeed(long revision, int queueLength, long maxLagBytes)
{
    private readonly Lock _lock = new();
    private readonly List<Subscription> _subscriptions = [];
    private readonly List<Action<IReadOnlyList<Change>>> _observers = [];
    private long _revision = revision;
    private long _publishedBytes;

    /// <summary>The last published revision. Every change up to it is in the queues of those who subscribed before.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Subscribes to what is published from now on.</summary>
    /// <param name="resource">The kind of interest; null for all.</param>
    /// <param name="namespace">The namespace of interest; empty for all.</param>
    /// <param name="also">A second kind of interest; null for none.</param>
    public Subscription Subscribe(ServedResource? resource, string @namespace, ServedResource? also = null)
    {
        var subscription = new Subscription(this, resource, @namespace, queueLength, maxLagBytes) { Also = also };
        lock (_lock) _subscriptions.Add(subscription);
        return subscription;
    }

    /// <summary>
    /// Has every change told before its write is answered. An observer is called by the store's writer, in the order of revisions, and
    /// must be quick and never throw: all writes wait for it.
    /// </summary>
    public void Observe(Action<IReadOnlyList<Change>> observer)
    {
        lock (_lock) _observers.Add(observer);
    }

    public void Publish(IReadOnlyList<Change> changes)
    {
        if (changes.Count == 0) return;
        lock (_lock)
        {
            foreach (Action<IReadOnlyList<Change>> observer in _observers) observer(changes);
            foreach (Change change in changes)
            {
                _publishedBytes += change.MemoryBytes;
                foreach (Subscription subscription in _subscriptions) subscription.Offer(change, _publishedBytes);
            }

            Volatile.Write(ref _revision, changes[^1].Revision);
        }
    }

    /// <summary>Ends the subscriptions to a kind that is not served any more as it was; whoever watches it starts anew.</summary>
    public void End(ServedResource resource)
    {
        lock (_lock)
        {
            foreach (Subscription subscription in _subscriptions) subscription.EndFor(resource);
        }
    }

    internal void Remove(Subscription subscription)
    {
        lock (_lock) _subscriptions.Remove(subscription);
    }
}
