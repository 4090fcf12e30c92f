using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>How an object goes: marked first when something still holds it, removed when nothing does.</summary>
internal sealed class ObjectDeletion(ObjectStore store, ObjectWriter writer, TimeProvider time)
{
    public const string OrphanFinalizer = "orphan";
    public const string ForegroundFinalizer = "foregroundDeletion";

    /// <summary>The way of deletion that an object's finalizers ask for where the deletion itself asks for none.</summary>
    public static DeletionPropagation StandingPropagation(IReadOnlyList<string> finalizers) =>
        finalizers.Contains(OrphanFinalizer) ? DeletionPropagation.Orphan
        : finalizers.Contains(ForegroundFinalizer) ? DeletionPropagation.Foreground
        : DeletionPropagation.Background;

    /// <summary>
    /// The state a deletion leads to. One that is under way already can be asked to go another way: what its dependents are to do is
    /// in its finalizers.
    /// </summary>
    /// <param name="before">The stored state.</param>
    /// <param name="propagation">What becomes of dependents; null leaves it to the object's finalizers.</param>
    /// <param name="graceSeconds">How long a Pod may take to end; null leaves it to the Pod.</param>
    public JsonObject Mark(JsonObject before, DeletionPropagation? propagation, long? graceSeconds = null)
    {
        JsonObject after = before.DeepClone().AsObject();
        JsonObject metadata = after.Metadata();
        List<string> finalizers = metadata.TextList("finalizers");
        string? wanted = (propagation ?? StandingPropagation(finalizers)) switch
        {
            DeletionPropagation.Orphan => OrphanFinalizer,
            DeletionPropagation.Foreground => ForegroundFinalizer,
            _ => null,
        };
        List<string> kept = [.. finalizers.Where(name => name == wanted || name is not (OrphanFinalizer or ForegroundFinalizer))];
        if (wanted is not null && !kept.Contains(wanted)) kept.Add(wanted);
        metadata.SetTextList("finalizers", kept);
        if (PodGrace.Concerns(after))
        {
            PodGrace.Mark(after, graceSeconds, time.GetUtcNow());
            return after;
        }

        if (before.IsDeleting()) return after;

        string now = ResourceDocument.Timestamp(time.GetUtcNow());
        metadata["deletionTimestamp"] = now;
        metadata["deletionGracePeriodSeconds"] = 0L;
        KindRules.OnDeletion(after, now);
        return after;
    }

    /// <summary>Stores the next state of an object, or removes it once nothing holds it. Null means another write came first.</summary>
    public async Task<StoredObject?> StoreAsync(StoredObject current, JsonObject after)
    {
        JsonObject before = current.Document;
        // What goes at once was never seen as being deleted.
        bool goesAtOnce = !before.IsDeleting() && after.IsDeleting() && !ObjectWriter.IsHeld(after);
        if (goesAtOnce) return (await store.WriteAsync(WriteRequest.Delete(current, current.ToDocument()))).Object;
        return JsonNode.DeepEquals(before, after) ? current : await writer.UpdateAsync(current, PreparedObject.Of(after));
    }

    /// <summary>Deletes an object unless it has gone or changed hands in the meantime.</summary>
    public Task DeleteAsync(StoredObject seen, DeletionPropagation propagation) =>
        DecideAsync(seen, current => Mark(current.Document, propagation));

    /// <summary>Changes an object unless it has gone in the meantime; a change that changes nothing writes nothing.</summary>
    public Task ChangeAsync(StoredObject seen, Action<JsonObject> change) => DecideAsync(seen, current =>
    {
        JsonObject after = current.ToDocument();
        change(after);
        return after;
    });

    /// <summary>
    /// Takes an object to the state that is decided over its present one, and decides again when another write came first. Nothing
    /// happens where the decision is null or the object has gone.
    /// </summary>
    /// <exception cref="IOException">Other writes came first with every try.</exception>
    public async Task DecideAsync(StoredObject seen, Func<StoredObject, JsonObject?> decide)
    {
        for (int i = 0; i < ObjectWriter.MaxAttempts; i++)
        {
            // The name may belong to another object by now; the UID never does.
            if (store.Get(seen.Key) is not { } current || current.Uid != seen.Uid || decide(current) is not { } after) return;
            if (await StoreAsync(current, after) is not null) return;
        }

        throw new IOException($"{seen.Key} was changed by others during each of {ObjectWriter.MaxAttempts} tries.");
    }
}
