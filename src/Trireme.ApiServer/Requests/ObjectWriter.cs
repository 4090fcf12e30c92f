using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;

namespace Trireme.ApiServer.Requests;

/// <summary>Stores prepared objects and words what the store answers.</summary>
internal sealed class ObjectWriter(ObjectStore store, ServedResources resources)
{
    /// <summary>
    /// Tries of an operation that reads, decides and writes. Each failed try means another writer succeeded, so running out
    /// of them takes a storm on one object.
    /// </summary>
    public const int MaxAttempts = 32;

    /// <summary>Fewest tries of an operation that takes long: others win now and then.</summary>
    private const int MinAttempts = 3;

    /// <summary>Bytes that all tries of one operation may read and write together; a megabyte takes some tenths of a second.</summary>
    private const long MaxTriedBytes = 8L << 20;

    /// <summary>Bytes by which a status may make its object larger and still be written on a full disk: conditions that say why.</summary>
    private const int MaxStatusGrowth = 8 << 10;

    /// <summary>
    /// Tries of an operation on an object of a size: a large change that races with small ones must not be made over and over.
    /// </summary>
    public static int AttemptsFor(ApiRequest request, StoredObject current)
    {
        long bytes = Math.Max(1, current.Json.Length + (request.Http.Request.ContentLength ?? 0));
        return (int)Math.Clamp(MaxTriedBytes / bytes, MinAttempts, MaxAttempts);
    }

    /// <summary>Stores a new object, or says why not.</summary>
    public async Task<Outcome<StoredObject>> CreateAsync(ObjectKey key, PreparedObject next)
    {
        WriteResult result = await store.WriteAsync(WriteRequest.Create(key, next));
        return result.Outcome switch
        {
            WriteOutcome.Written => result.Object!,
            WriteOutcome.AlreadyExists => StatusErrors.AlreadyExists(key),
            WriteOutcome.NamespaceTerminating => StatusErrors.NamespaceTerminating(key),
            WriteOutcome.KindTerminating => StatusErrors.ReadOnly("create not allowed while custom resource definition is terminating"),
            _ => NamespaceNotFound(key),
        };
    }

    /// <summary>
    /// Stores the next state of an object; one that is being deleted and that nothing holds any longer is removed. Null
    /// means another write came first.
    /// </summary>
    public async Task<StoredObject?> UpdateAsync(StoredObject current, PreparedObject next, bool isStatus = false)
    {
        bool gone = next.Document.IsDeleting() && !IsHeld(next.Document);
        int growth = next.Json.Length - current.Json.Length;
        bool needsNoRoom = growth < 0 || (isStatus && growth <= MaxStatusGrowth);
        WriteResult result = await store.WriteAsync(
            gone ? WriteRequest.Delete(current, next) : WriteRequest.Update(current, next) with { NeedsNoRoom = needsNoRoom });
        return result.Object;
    }

    /// <summary>True while finalizers, or its time to end, keep an object from being removed.</summary>
    public static bool IsHeld(JsonObject document) =>
        document.Metadata().TextList("finalizers").Count > 0
        || PodGrace.Holds(document)
        || (KindRules.IsNamespace(document) && document["spec"] is JsonObject spec && spec.TextList("finalizers").Count > 0);

    /// <summary>Why nothing can be created in the key's namespace, for a dry run that never asks the store to write.</summary>
    public StatusError? NamespaceRefusal(ObjectKey key)
    {
        if (key.Namespace.Length == 0) return null;
        if (store.Get(new ObjectKey(resources.Namespace, "", key.Namespace)) is not { } @namespace) return NamespaceNotFound(key);
        return @namespace.Document.IsDeleting() ? StatusErrors.NamespaceTerminating(key) : null;
    }

    /// <summary>Why a change must not let an object go; null where it may, or does not.</summary>
    public StatusError? RemovalRefusal(ObjectKey key, JsonObject next)
    {
        if (!next.IsDeleting() || IsHeld(next)) return null;
        if (key.Resource == resources.Definitions && resources.Custom.Find(key.Name) is { } kind)
        {
            bool isEmpty = store.List(new ListQuery(kind.Storage, "", Limit: 1)).Objects.Count == 0;
            return isEmpty
                ? null
                : StatusErrors.Conflict(key, "there are still objects of this kind; it goes by itself once they are gone");
        }

        if (key.Resource != resources.Namespace) return null;
        IReadOnlyList<(string Resource, long Count)> content = store.Read(reader => reader.ContentCounts(key.Name));
        if (content.Count == 0) return null;
        string rest = string.Join(", ", content.Select(kind => $"{kind.Count} {kind.Resource}"));
        return StatusErrors.Conflict(key, $"the namespace still holds {rest}; it goes by itself once they are gone");
    }

    private StatusError NamespaceNotFound(ObjectKey key) =>
        StatusErrors.NotFound(resources.Namespace, key.Namespace);
}
