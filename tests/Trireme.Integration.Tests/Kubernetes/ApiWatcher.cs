using System.Collections.Concurrent;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Integration.Tests.Kubernetes;

/// <summary>What watches of every kind told, object by object.</summary>
internal sealed class ApiWatcher(IResourceClients clients, ApiScript script, string prefix) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _told = new();
    private readonly List<Task> _watching = [];
    private readonly SemaphoreSlim _more = new(0);
    private int _count;

    /// <summary>The changes of each object in the order they were told, by kind and name.</summary>
    public IReadOnlyList<string> Told =>
        [.. _told.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {string.Join(" | ", pair.Value)}")];

    public async Task StartAsync<T>()
        where T : class, IResource
    {
        IResourceClient<T> client = clients.Of<T>();
        string revision = (await client.ListAsync("default", new ListOptions { Limit = 1 }, _stop.Token)).Metadata.ResourceVersion!;
        _watching.Add(FollowAsync(client, revision));
    }

    /// <summary>Waits until so many changes were told in all.</summary>
    public async Task UntilAsync(int count, CancellationToken cancellationToken)
    {
        while (Volatile.Read(ref _count) < count)
        {
            bool told = await _more.WaitAsync(TimeSpan.FromSeconds(10), cancellationToken);
            if (!told) throw new TimeoutException($"{count} changes are expected, {_count} were told:\n{string.Join('\n', Told)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_watching);
        _stop.Dispose();
        _more.Dispose();
    }

    private async Task FollowAsync<T>(IResourceClient<T> client, string revision)
        where T : class, IResource
    {
        try
        {
            var options = new ListOptions { ResourceVersion = revision };
            await foreach (WatchEvent<T> change in client.WatchAsync("default", options, _stop.Token))
            {
                if (change.Resource is not { } resource) continue;
                if (!resource.Metadata.Name.StartsWith(prefix, StringComparison.Ordinal)) continue;
                _told.GetOrAdd($"{typeof(T).Name} {resource.Metadata.Name[prefix.Length..]}", static _ => new ConcurrentQueue<string>())
                    .Enqueue($"{change.Type} {script.Describe(resource)}");
                Interlocked.Increment(ref _count);
                _more.Release();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end of the test.
        }
    }
}
