using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.Kubernetes;

/// <summary>
/// Reads and writes one kind. Every method throws <see cref="ApiException"/> for an answer other than success and
/// <see cref="HttpRequestException"/> when the server cannot be reached.
/// </summary>
public interface IResourceClient<T>
    where T : class, IResource
{
    ResourceDefinition Definition { get; }

    Task<T> GetAsync(ResourceKey key, CancellationToken cancellationToken = default);

    /// <summary>One page of all namespaces, or of one.</summary>
    Task<ResourceList<T>> ListAsync(string? @namespace = null, ListOptions? options = null, CancellationToken cancellationToken = default);

    Task<T> CreateAsync(T resource, CancellationToken cancellationToken = default);

    /// <summary>Replaces everything but the status. Refused as a conflict if the resource version is set and no longer current.</summary>
    Task<T> ReplaceAsync(T resource, CancellationToken cancellationToken = default);

    /// <summary>Replaces the status only, under the same rule for conflicts.</summary>
    Task<T> ReplaceStatusAsync(T resource, CancellationToken cancellationToken = default);

    /// <summary>Server-side apply under this client's field manager, taking over fields others own.</summary>
    Task<T> ApplyAsync(T resource, CancellationToken cancellationToken = default);

    /// <summary>JSON merge patch (RFC 7386) of everything but the status.</summary>
    Task<T> PatchAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default);

    /// <summary>JSON merge patch of the status; the patch is the whole object's, such as {"status":{"phase":"Ready"}}.</summary>
    Task<T> PatchStatusAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default);

    Task DeleteAsync(ResourceKey key, DeleteOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Changes after a revision until the server closes the stream. An expired revision throws with IsGone.</summary>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync(string? @namespace, ListOptions options, CancellationToken cancellationToken = default);
}
