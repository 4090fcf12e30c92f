using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>How an object goes: marked first when something still holds it, removed when nothing does.</summary>
internal sealed class ObjectDeletion(ObjectStore store, ObjectWriter writer, TimeProvider time)
{
    public const string OrphanFinalizer = "orphan";
    public const string ForegroundFinalizer = "foregroundDeletion";

    /// <summary>The state a deletion leads to. An object that is being deleted already stays as it is.</summary>
    public JsonObject Mark(JsonObject before, DeletionPropagation propagation)
    {
        JsonObject after = before.DeepClone().AsObject();
        if (before.IsDeleting()) return after;

        JsonObject metadata = after.Metadata();
        metadata["deletionTimestamp"] = ResourceDocument.Timestamp(time.GetUtcNow());
        metadata["deletionGracePeriodSeconds"] = 0L;
        string? finalizer = propagation switch
        {
            DeletionPropagation.Orphan => OrphanFinalizer,
            DeletionPropagation.Foreground => ForegroundFinalizer,
            _ => null,
        };
        if (finalizer is not null) metadata.SetTextList("finalizers", [.. metadata.TextList("finalizers").Union([finalizer])]);
        if (after.Text("kind") == "Namespace") after["status"] = new JsonObject { ["phase"] = "Terminating" };
        return after;
    }

    /// <summary>Stores what <see cref="Mark"/> decided. Null means another write came first.</summary>
    public async Task<StoredObject?> StoreAsync(StoredObject current, JsonObject before, JsonObject after)
    {
        if (!ObjectWriter.IsHeld(after)) return (await store.WriteAsync(WriteRequest.Delete(current, current.ToDocument()))).Object;
        return JsonNode.DeepEquals(before, after) ? current : await writer.UpdateAsync(current, PreparedObject.Of(after));
    }

    /// <summary>Deletes an object unless it has gone or changed hands in the meantime.</summary>
    public Task DeleteAsync(StoredObject seen, DeletionPropagation propagation) =>
        RetryAsync(seen, async (current, before) => await StoreAsync(current, before, Mark(before, propagation)));

    /// <summary>Changes an object unless it has gone in the meantime; a change that changes nothing writes nothing.</summary>
    public Task ChangeAsync(StoredObject seen, Action<JsonObject> change) => RetryAsync(seen, async (current, before) =>
    {
        JsonObject after = before.DeepClone().AsObject();
        change(after);
        return JsonNode.DeepEquals(before, after) ? current : await writer.UpdateAsync(current, PreparedObject.Of(after));
    });

    private async Task RetryAsync(StoredObject seen, Func<StoredObject, JsonObject, Task<StoredObject?>> attempt)
    {
        for (int i = 0; i < ObjectWriter.MaxAttempts; i++)
        {
            // The name may belong to another object by now; the UID never does.
            if (store.Get(seen.Key) is not { } current || current.Uid != seen.Uid) return;
            if (await attempt(current, current.Document) is not null) return;
        }
    }
}
