using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;

namespace Trireme.Testing;

/// <summary>A client of one kind of a <see cref="MemoryApi"/>.</summary>
internal sealed class MemoryClient<T>(MemoryKind<T> kind) : IResourceClient<T>
    where T : class, IResource
{
    public ResourceDefinition Definition => kind.Definition;

    public Task<T> GetAsync(ResourceKey key, CancellationToken cancellationToken = default) =>
        AnswerAsync(() => kind.Get(key), cancellationToken);

    public Task<ResourceList<T>> ListAsync(
        string? @namespace = null, ListOptions? options = null, CancellationToken cancellationToken = default) =>
        AnswerAsync(() => kind.List(@namespace, options ?? new ListOptions()), cancellationToken);

    public Task<T> CreateAsync(T resource, CancellationToken cancellationToken = default) =>
        AnswerAsync(() => kind.Create(resource), cancellationToken);

    public Task<T> ReplaceAsync(T resource, CancellationToken cancellationToken = default) =>
        AnswerAsync(() => kind.Replace(resource), cancellationToken);

    public Task<T> ReplaceStatusAsync(T resource, CancellationToken cancellationToken = default) =>
        AnswerAsync(() => kind.ReplaceStatus(resource), cancellationToken);

    public Task<T> ApplyAsync(T resource, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("Server-side apply is not part of this server; create, replace or patch.");

    public Task<T> PatchAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default) =>
        AnswerAsync(() => kind.Patch(key, patch), cancellationToken);

    public Task<T> PatchStatusAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default) =>
        AnswerAsync(() => kind.PatchStatus(key, patch), cancellationToken);

    public Task DeleteAsync(ResourceKey key, DeleteOptions? options = null, CancellationToken cancellationToken = default) => AnswerAsync(
        () =>
        {
            kind.Delete(key, options ?? new DeleteOptions());
            return true;
        },
        cancellationToken);

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync(
        string? @namespace, ListOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (WatchEvent<T> change in kind.Watch(@namespace, options).ReadAsync(options.Timeout, cancellationToken))
        {
            yield return change;
        }
    }

    /// <summary>Answers at once; an error is an answer, so it comes with the task.</summary>
    private static Task<TAnswer> AnswerAsync<TAnswer>(Func<TAnswer> answer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<TAnswer>(cancellationToken);
        try
        {
            return Task.FromResult(answer());
        }
        catch (ApiException exception)
        {
            return Task.FromException<TAnswer>(exception);
        }
    }
}
