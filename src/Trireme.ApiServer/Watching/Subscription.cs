using System.Threading.Channels;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Watching;

/// <summary>One subscriber's bounded queue of changes.</summary>
internal sealed class Subscription : IDisposable
{
    private readonly ChangeFeed _feed;
    private readonly ServedResource? _resource;
    private readonly string _namespace;
    private readonly Channel<Change> _queue;
    private readonly CancellationTokenSource _overflow = new();

    public Subscription(ChangeFeed feed, ServedResource? resource, string @namespace, int queueLength)
    {
        _feed = feed;
        _resource = resource;
        _namespace = @namespace;
        _queue = Channel.CreateBounded<Change>(new BoundedChannelOptions(queueLength) { SingleReader = true });
    }

    /// <summary>True once the subscriber fell so far behind that changes were lost; its queue is closed.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Fires with <see cref="Overflowed"/>, to free a subscriber that is stuck on a slow connection.</summary>
    public CancellationToken OverflowToken => _overflow.Token;

    public ChannelReader<Change> Changes => _queue.Reader;

    public void Dispose()
    {
        _feed.Remove(this);
        _overflow.Dispose();
    }

    internal void Offer(Change change)
    {
        if (_resource is not null && change.Object.Key.Resource != _resource) return;
        if (_namespace.Length > 0 && change.Object.Key.Namespace != _namespace) return;
        if (_queue.Writer.TryWrite(change) || !_queue.Writer.TryComplete()) return;
        Overflowed = true;
        // The timer runs the token's callbacks, which must not run inside the publisher.
        _overflow.CancelAfter(TimeSpan.Zero);
    }
}
