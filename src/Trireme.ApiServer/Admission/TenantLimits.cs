using System.Collections.Concurrent;
using System.Text.Json;
using Trireme.ApiServer.CustomKinds;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Admission;

/// <summary>
/// Holds tenants to their limits, and everybody to those of definitions. Where a namespace has limits, its writes that could pass them are
/// made one after the other, each looked at when the one before is on disk: however many come at once, their sum keeps to the limit.
/// </summary>
internal sealed class TenantLimits(ObjectStore store, ServedResources resources, ApiServerOptions options) : ITenantObjects
{
    /// <summary>One for each namespace that has limits, and there are never more of those than namespaces were made.</summary>
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new();

    /// <summary>Looks at a write, and keeps others of the namespace away until the turn is disposed of.</summary>
    /// <param name="request">What is written.</param>
    /// <param name="before">The object as it is; null for a new one.</param>
    /// <param name="after">The object as it would be.</param>
    public async Task<TenantTurn> EnterAsync(ApiRequest request, StoredObject? before, PreparedObject after)
    {
        if (request.Resource == resources.Definitions && DefinitionRefusal(before, after) is { } full)
        {
            return new TenantTurn(null) { Refusal = StatusErrors.Forbidden(request.Resource, after.Document.Name(), full) };
        }

        IWriteLimits? limits = options.WriteLimits;
        ResourceDefinition kind = request.Resource.Definition;
        bool isFree = limits is null || request.IsStatus || request.IsFinalize
            || !limits.Concerns(kind) || !limits.Applies(request.Namespace, this);
        if (isFree) return new TenantTurn(null);
        SemaphoreSlim place = _turns.GetOrAdd(request.Namespace, static _ => new SemaphoreSlim(1, 1));
        await place.WaitAsync(request.Http.RequestAborted);
        var turn = new TenantTurn(place);
        try
        {
            IResource? known = before is null ? null : Read(kind, before.Json.Span);
            WriteRefusal? refusal = limits!.Refuse(new TenantWrite(kind, request.Namespace, known, Read(kind, after.Json.Span)!), this);
            if (refusal is null) return turn;
            turn.Dispose();
            return new TenantTurn(null) { Refusal = StatusErrors.OverLimit(request.Resource, after.Document.Name(), refusal) };
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>Why there may be no more definitions, or no larger ones; null where there may.</summary>
    private string? DefinitionRefusal(StoredObject? before, PreparedObject after)
    {
        ApiServerLimits limits = options.Limits;
        CustomKindSet kinds = resources.Custom;
        if (before is null && kinds.Kinds.Count >= limits.MaxDefinitions)
        {
            return $"there are {kinds.Kinds.Count} definitions, and {limits.MaxDefinitions} are the most; delete one that is not used";
        }

        int growth = after.Json.Length - (before?.Json.Length ?? 0);
        return growth > 0 && kinds.Bytes + growth > limits.MaxDefinitionBytes
            ? $"all definitions together would have {kinds.Bytes + growth} bytes, and {limits.MaxDefinitionBytes} are the most; delete one "
                + "that is not used, or leave descriptions out"
            : null;
    }

    public IReadOnlyList<T> List<T>(string @namespace)
        where T : class, IResource
    {
        ServedResource resource = Served<T>();
        return
        [
            .. store.List(new ListQuery(resource, @namespace)).Objects
                .Select(stored => Read(resource.Definition, stored.Json.Span)).OfType<T>(),
        ];
    }

    public T? Find<T>(string @namespace, string name)
        where T : class, IResource
    {
        ServedResource resource = Served<T>();
        return store.Get(new ObjectKey(resource, @namespace, name)) is { } stored
            ? Read(resource.Definition, stored.Json.Span) as T
            : null;
    }

    public long Count<T>(string @namespace)
        where T : class, IResource
    {
        string kind = Served<T>().QualifiedPlural;
        return store.Read(reader => reader.ContentCounts(@namespace)).FirstOrDefault(counted => counted.Resource == kind).Count;
    }

    private ServedResource Served<T>()
        where T : class, IResource =>
        resources.BuiltIn.First(static resource => resource.Definition.ClrType == typeof(T));

    /// <summary>Null for what a version with other rules stored and this one cannot read: it uses what nobody can tell.</summary>
    private static IResource? Read(ResourceDefinition kind, ReadOnlySpan<byte> json)
    {
        try
        {
            return (IResource?)JsonSerializer.Deserialize(json, kind.ClrType, ResourceJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A tenant's turn to write.</summary>
/// <param name="held">What others wait for; null where nobody need.</param>
internal sealed class TenantTurn(SemaphoreSlim? held) : IDisposable
{
    /// <summary>Why the write is not made; null where it may be.</summary>
    public StatusError? Refusal { get; init; }

    public void Dispose() => held?.Release();
}
