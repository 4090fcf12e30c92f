using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>
/// One informer per kind, shared by everything that follows the same API server: a kind is listed, watched and kept in memory once,
/// however many parts of the program read it.
/// </summary>
public sealed class InformerSet(
    IResourceClients clients, ILoggerFactory loggers, TimeProvider time, InformerOptions? options = null)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Type, IEntry> _entries = [];
    private CancellationToken? _running;

    private interface IEntry
    {
        Task RunAsync(CancellationToken cancellationToken);

        Task WaitForSyncAsync(CancellationToken cancellationToken);
    }

    /// <summary>The informer of a kind. It follows the server from the start of the set, or at once when that has started.</summary>
    public Informer<T> Of<T>()
        where T : class, IResource
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(typeof(T), out IEntry? known)) return ((Entry<T>)known).Informer;
            var entry = new Entry<T>(new Informer<T>(clients.Of<T>(), loggers.CreateLogger<Informer<T>>(), time, options));
            _entries.Add(typeof(T), entry);
            if (_running is { } cancellationToken) _ = entry.RunAsync(cancellationToken);
            return entry.Informer;
        }
    }

    /// <summary>Follows the server until cancelled. Call once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<IEntry> entries;
        lock (_lock)
        {
            _running = cancellationToken;
            entries = [.. _entries.Values];
        }

        // An informer ends only when it is cancelled; a kind asked for later ends with the others. It goes on where it is cancelled,
        // not on the thread pool, so that a run under virtual time stays in order.
        var cancelled = new TaskCompletionSource();
        Task[] running = [.. entries.Select(entry => entry.RunAsync(cancellationToken)), cancelled.Task];
        await using (cancellationToken.Register(cancelled.SetResult)) await Task.WhenAll(running);
    }

    /// <summary>Waits until every kind asked for so far has been listed.</summary>
    public async Task WaitForSyncAsync(CancellationToken cancellationToken)
    {
        List<IEntry> entries;
        lock (_lock)
        {
            entries = [.. _entries.Values];
        }

        foreach (IEntry entry in entries) await entry.WaitForSyncAsync(cancellationToken);
    }

    private sealed class Entry<T>(Informer<T> informer) : IEntry
        where T : class, IResource
    {
        public Informer<T> Informer { get; } = informer;

        public Task RunAsync(CancellationToken cancellationToken) => Informer.RunAsync(cancellationToken);

        public Task WaitForSyncAsync(CancellationToken cancellationToken) => Informer.WaitForSyncAsync(cancellationToken);
    }
}
