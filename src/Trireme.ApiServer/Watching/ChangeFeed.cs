using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Watching;

/// <summary>
/// Hands committed changes to whoever watches. Publishing never waits: a subscriber whose queue is full is ended and has to
/// start over from a list.
/// </summary>
internal sealed class ChangeFeed(long revision, int queueLength)
{
    private readonly Lock _lock = new();
    private readonly List<Subscription> _subscriptions = [];
    private long _revision = revision;

    /// <summary>The last published revision. Every change up to it is in the queues of those who subscribed before.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Subscribes to what is published from now on.</summary>
    /// <param name="resource">The kind of interest; null for all.</param>
    /// <param name="namespace">The namespace of interest; empty for all.</param>
    public Subscription Subscribe(ServedResource? resource, string @namespace)
    {
        var subscription = new Subscription(this, resource, @namespace, queueLength);
        lock (_lock) _subscriptions.Add(subscription);
        return subscription;
    }

    public void Publish(IReadOnlyList<Change> changes)
    {
        if (changes.Count == 0) return;
        lock (_lock)
        {
            foreach (Change change in changes)
            {
                foreach (Subscription subscription in _subscriptions) subscription.Offer(change);
            }

            Volatile.Write(ref _revision, changes[^1].Revision);
        }
    }

    internal void Remove(Subscription subscription)
    {
        lock (_lock) _subscriptions.Remove(subscription);
    }
}
