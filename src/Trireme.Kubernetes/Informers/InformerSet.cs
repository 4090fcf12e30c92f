using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>
/// One informer per kind, shared by everything that follows the same API server: a kind is listed, watched and kept in memory once,
/// however many parts of the program read it.
/// </summary>
public sealed class InformerSet(IResourceClients clients, ILoggerFactory loggers, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Type, IEntry> _entries = [];
    private readonly TaskCompletionSource<CancellationToken> _running = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private interface IEntry
    {
        Task Run { get; }

        Task WaitForSyncAsync(CancellationToken cancellationToken);
    }

    /// <summary>The informer of a kind. It follows the server from the start of the set, or at once when that has started.</summary>
    public Informer<T> Of<T>()
        where T : class, IResource
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(typeof(T), out IEntry? known)) return ((Entry<T>)known).Informer;
            var entry = new Entry<T>(new Informer<T>(clients.Of<T>(), loggers.CreateLogger<Informer<T>>(), time), _running.Task);
            _entries.Add(typeof(T), entry);
            return entry.Informer;
        }
    }

    /// <summary>Follows the server until cancelled. Call once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _running.SetResult(cancellationToken);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellationToken.Register(cancelled.SetResult)) await cancelled.Task;
        await Task.WhenAll(Entries().Select(entry => entry.Run));
    }

    /// <summary>Waits until every kind asked for so far has been listed.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Entries().Select(entry => entry.WaitForSyncAsync(cancellationToken)));

    private List<IEntry> Entries()
    {
        lock (_lock)
        {
            return [.. _entries.Values];
        }
    }

    private sealed class Entry<T> : IEntry
        where T : class, IResource
    {
        public Entry(Informer<T> informer, Task<CancellationToken> running)
        {
            Informer = informer;
            Run = RunAsync(running);
        }

        public Informer<T> Informer { get; }

        public Task Run { get; }

        public Task WaitForSyncAsync(CancellationToken cancellationToken) => Informer.WaitForSyncAsync(cancellationToken);

        private async Task RunAsync(Task<CancellationToken> running) => await Informer.RunAsync(await running);
    }
}
