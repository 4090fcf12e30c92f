using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;

namespace Trireme.Operator.Tests.ModelServices;

/// <summary>A connection whose writes take a moment, are counted, and fail before or after their effect where a test says so.</summary>
internal sealed class ObservedApi(IResourceClients inner, TimeProvider time) : IResourceClients
{
    private int _concurrent;

    /// <summary>What the write in question is about.</summary>
    public IResource? Written { get; private set; }

    public int ConcurrentMax { get; private set; }

    /// <summary>Asked with "VERB plural" before a write; what it returns is thrown and nothing is written.</summary>
    public Func<string, Exception?> BeforeWrite { get; set; } = _ => null;

    /// <summary>Asked with "VERB plural" after a write took effect; what it returns is thrown in place of the answer.</summary>
    public Func<string, Exception?> AfterWrite { get; set; } = _ => null;

    /// <summary>How long a write takes.</summary>
    public Func<IResource, TimeSpan> Slow { get; set; } = _ => TimeSpan.FromMilliseconds(20);

    public TimeSpan WatchDelay { get; set; }

    /// <summary>The plural of a kind whose watch reports nothing from now on and does not end.</summary>
    public string? SilentWatch { get; set; }

    public IResourceClient<T> Of<T>()
        where T : class, IResource =>
        new Client<T>(this, inner.Of<T>());

    private async Task<TAnswer> WriteAsync<TAnswer>(string call, IResource resource, Func<Task<TAnswer>> write)
    {
        ConcurrentMax = Math.Max(ConcurrentMax, ++_concurrent);
        try
        {
            await Task.Delay(Slow(resource), time);
            Written = resource;
            if (BeforeWrite(call) is { } refused) throw refused;
            TAnswer answer = await write();
            return AfterWrite(call) is { } lost ? throw lost : answer;
        }
        finally
        {
            _concurrent--;
        }
    }

    private sealed class Client<T>(ObservedApi api, IResourceClient<T> inner) : IResourceClient<T>
        where T : class, IResource
    {
        public ResourceDefinition Definition => inner.Definition;

        public Task<T> GetAsync(ResourceKey key, CancellationToken cancellationToken = default) => inner.GetAsync(key, cancellationToken);

        public Task<ResourceList<T>> ListAsync(
            string? @namespace = null, ListOptions? options = null, CancellationToken cancellationToken = default) =>
            inner.ListAsync(@namespace, options, cancellationToken);

        public Task<T> CreateAsync(T resource, CancellationToken cancellationToken = default) =>
            api.WriteAsync($"POST {Definition.Plural}", resource, () => inner.CreateAsync(resource, cancellationToken));

        public Task<T> ReplaceAsync(T resource, CancellationToken cancellationToken = default) =>
            inner.ReplaceAsync(resource, cancellationToken);

        public Task<T> ReplaceStatusAsync(T resource, CancellationToken cancellationToken = default) =>
            api.WriteAsync($"PUT {Definition.Plural}", resource, () => inner.ReplaceStatusAsync(resource, cancellationToken));

        public Task<T> ApplyAsync(T resource, CancellationToken cancellationToken = default) =>
            inner.ApplyAsync(resource, cancellationToken);

        public Task<T> PatchAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default) =>
            inner.PatchAsync(key, patch, cancellationToken);

        public Task<T> PatchStatusAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default) =>
            inner.PatchStatusAsync(key, patch, cancellationToken);

        public Task DeleteAsync(ResourceKey key, DeleteOptions? options = null, CancellationToken cancellationToken = default) =>
            inner.DeleteAsync(key, options, cancellationToken);

        public async IAsyncEnumerable<WatchEvent<T>> WatchAsync(
            string? @namespace, ListOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (WatchEvent<T> change in inner.WatchAsync(@namespace, options, cancellationToken))
            {
                if (api.SilentWatch == Definition.Plural) await Task.Delay(Timeout.InfiniteTimeSpan, api.Time, cancellationToken);
                if (api.WatchDelay > TimeSpan.Zero) await Task.Delay(api.WatchDelay, api.Time, cancellationToken);
                yield return change;
            }
        }
    }

    private TimeProvider Time => time;
}
