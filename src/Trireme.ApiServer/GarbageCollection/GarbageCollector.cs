using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Watching;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>
/// Finishes what deletions begin: removes dependents whose owners are gone, lets go of owners that waited for their
/// dependents, and empties namespaces. Every step reads the store again and can be repeated, so a restart or a lost change
/// costs one sweep and nothing else.
/// </summary>
internal sealed partial class GarbageCollector(
    ObjectStore store, ServedResources resources, ObjectDeletion deletion, TimeProvider time, ILogger<GarbageCollector> logger)
    : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using Subscription changes = store.Changes.Subscribe(resource: null, @namespace: "");
                await SweepAsync();
                await foreach (Change change in changes.Changes.ReadAllAsync(stoppingToken)) await FollowAsync(change);
            }
            catch (Exception exception) when (exception is Microsoft.Data.Sqlite.SqliteException or IOException)
            {
                LogSweepFailed(exception);
                await Task.Delay(RetryDelay, time, stoppingToken);
            }
        }
    }

    /// <summary>Looks at everything once, for what changed while nobody followed.</summary>
    private async Task SweepAsync()
    {
        foreach (string owner in store.Read(reader => reader.OwnersWithDependents())) await CollectDependentsAsync(owner);
        foreach (StoredObject deleting in store.Read(reader => reader.Deleting())) await FinishAsync(deleting);
    }

    private async Task FollowAsync(Change change)
    {
        StoredObject subject = change.Object;
        JsonObject document = subject.Document;
        if (change.Type == ChangeType.Deleted)
        {
            await CollectDependentsAsync(subject.Uid);
            await ReleaseWaitersAsync(subject, document);
            return;
        }

        if (document.OwnerReferences().Any()) await CollectAsync(subject);
        if (document.IsDeleting()) await FinishAsync(subject);
    }

    /// <summary>Lets owners and the namespace go on that waited for an object which is gone now.</summary>
    private async Task ReleaseWaitersAsync(StoredObject gone, JsonObject document)
    {
        foreach (JsonObject reference in document.OwnerReferences())
        {
            if (store.Read(reader => reader.GetByUid(reference.Text("uid") ?? "")) is { } owner) await FinishAsync(owner);
        }

        if (gone.Key.Namespace.Length == 0) return;
        if (store.Get(new ObjectKey(resources.Namespace, "", gone.Key.Namespace)) is { } @namespace) await FinishAsync(@namespace);
    }

    private async Task CollectDependentsAsync(string ownerUid)
    {
        foreach (StoredObject dependent in store.Read(reader => reader.Dependents(ownerUid))) await CollectAsync(dependent);
    }

    /// <summary>Deletes an object all of whose owners are gone; one with another owner left only forgets the gone ones.</summary>
    private async Task CollectAsync(StoredObject dependent)
    {
        string[] owners = [.. dependent.Document.OwnerReferences().Select(reference => reference.Text("uid") ?? "")];
        string[] gone = [.. owners.Where(uid => store.Read(reader => reader.GetByUid(uid)) is null)];
        if (gone.Length == 0) return;
        if (gone.Length == owners.Length) await deletion.DeleteAsync(dependent, DeletionPropagation.Background);
        else await deletion.ChangeAsync(dependent, document => RemoveOwners(document, gone));
    }

    /// <summary>Takes the next step of an object that is being deleted.</summary>
    private async Task FinishAsync(StoredObject deleting)
    {
        JsonObject document = deleting.Document;
        if (!document.IsDeleting()) return;
        List<string> finalizers = document.Metadata().TextList("finalizers");
        if (finalizers.Contains(ObjectDeletion.OrphanFinalizer)) await OrphanAsync(deleting);
        if (finalizers.Contains(ObjectDeletion.ForegroundFinalizer)) await DeleteDependentsFirstAsync(deleting);
        if (deleting.Key.Resource == resources.Namespace) await EmptyAsync(deleting);
    }

    private async Task OrphanAsync(StoredObject owner)
    {
        foreach (StoredObject dependent in store.Read(reader => reader.Dependents(owner.Uid)))
        {
            await deletion.ChangeAsync(dependent, document => RemoveOwners(document, [owner.Uid]));
        }

        await deletion.ChangeAsync(owner, document => RemoveFinalizer(document, ObjectDeletion.OrphanFinalizer));
    }

    private async Task DeleteDependentsFirstAsync(StoredObject owner)
    {
        bool blocked = false;
        foreach (StoredObject dependent in store.Read(reader => reader.Dependents(owner.Uid)))
        {
            JsonObject document = dependent.Document;
            blocked |= document.OwnerReferences().Any(reference =>
                reference.Text("uid") == owner.Uid && reference["blockOwnerDeletion"]?.GetValue<bool>() == true);
            if (!document.IsDeleting()) await deletion.DeleteAsync(dependent, DeletionPropagation.Foreground);
        }

        // The last blocking dependent's removal leads back here.
        if (!blocked) await deletion.ChangeAsync(owner, document => RemoveFinalizer(document, ObjectDeletion.ForegroundFinalizer));
    }

    private async Task EmptyAsync(StoredObject @namespace)
    {
        IReadOnlyList<StoredObject> content = store.Read(reader => reader.Content(@namespace.Key.Name));
        if (content.Count > 0)
        {
            await Task.WhenAll(content.Select(item => deletion.DeleteAsync(item, DeletionPropagation.Background)));
            return;
        }

        await deletion.ChangeAsync(@namespace, document => document.Remove("spec"));
    }

    private static void RemoveOwners(JsonObject document, string[] ownerUids)
    {
        JsonObject[] kept = [.. document.OwnerReferences().Where(reference => !ownerUids.Contains(reference.Text("uid")))];
        if (kept.Length == 0) document.Metadata().Remove("ownerReferences");
        else document.Metadata()["ownerReferences"] = new JsonArray([.. kept.Select(reference => reference.DeepClone())]);
    }

    private static void RemoveFinalizer(JsonObject document, string finalizer) => document.Metadata().SetTextList(
        "finalizers", [.. document.Metadata().TextList("finalizers").Where(name => name != finalizer)]);

    [LoggerMessage(LogLevel.Error, "Collecting garbage failed; it starts over with a sweep")]
    private partial void LogSweepFailed(Exception exception);
}
