using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;

namespace Trireme.Tests.Routing;

/// <summary>The objects of one kind as an informer follows them: a list that may be held back, then the changes a test makes.</summary>
internal sealed class ScriptedClient<T>(params T[] listed) : IResourceClient<T>
    where T : class, IResource
{
    private readonly Channel<WatchEvent<T>> _changes = Channel.CreateUnbounded<WatchEvent<T>>();
    private int _revision = 1;

    public ResourceDefinition Definition { get; } = ResourceCatalog.Of<T>();

    /// <summary>The list is answered when this is complete.</summary>
    public TaskCompletionSource Listed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Put(T resource) => Change(WatchEventType.Modified, resource);

    public void Remove(T resource) => Change(WatchEventType.Deleted, resource);

    public async Task<ResourceList<T>> ListAsync(
        string? @namespace = null, ListOptions? options = null, CancellationToken cancellationToken = default)
    {
        await Listed.Task.WaitAsync(cancellationToken);
        return new ResourceList<T>
        {
            ApiVersion = Definition.ApiVersion,
            Kind = $"{Definition.Kind}List",
            Metadata = new ListMeta { ResourceVersion = "1" },
            Items = [.. listed],
        };
    }

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync(
        string? @namespace, ListOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (WatchEvent<T> change in _changes.Reader.ReadAllAsync(cancellationToken)) yield return change;
    }

    public Task<T> GetAsync(ResourceKey key, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<T> CreateAsync(T resource, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<T> ReplaceAsync(T resource, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<T> ReplaceStatusAsync(T resource, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<T> ApplyAsync(T resource, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<T> PatchAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<T> PatchStatusAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task DeleteAsync(ResourceKey key, DeleteOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    private void Change(WatchEventType type, T resource)
    {
        string revision = $"{++_revision}";
        JsonNode json = System.Text.Json.JsonSerializer.SerializeToNode(resource, Contracts.Serialization.ResourceJson.Options)!;
        json["metadata"]!["resourceVersion"] = revision;
        T changed = System.Text.Json.JsonSerializer.Deserialize<T>(json, Contracts.Serialization.ResourceJson.Options)!;
        Assert.True(_changes.Writer.TryWrite(new WatchEvent<T>(type, changed, revision)));
    }
}
