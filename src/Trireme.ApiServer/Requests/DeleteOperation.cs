using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Selectors;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Requests;

/// <summary>DELETE of an object or of all selected objects of a collection.</summary>
internal sealed class DeleteOperation(ObjectStore store, ObjectView view, ObjectDeletion deletion, UseProtection protection)
{
    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        if ((await DeletionOptions.ReadAsync(request)).Failed(out StatusError? error, out DeletionOptions? options)) return error;
        return options.Unreadable && store.Quarantine.TryFind(request.Key, out QuarantinedObject? found)
            ? await RemoveAsync(request.Key, found, options)
            : await DeleteAsync(request.Key, options);
    }

    public async Task<ResourceResponse> RunOnCollectionAsync(ApiRequest request)
    {
        if ((await DeletionOptions.ReadAsync(request)).Failed(out StatusError? error, out DeletionOptions? options)) return error;
        if (ReadOperation.ReadSelector(request).Failed(out error, out Selector? selector)) return error;

        ObjectPage page = view.List(new ListQuery(request.Resource, request.Namespace, selector.Matches));
        ResourceResponse? refusal = null;
        foreach (StoredObject stored in page.Objects)
        {
            // One that may not go keeps none of the others.
            ResourceResponse response = await DeleteAsync(stored.Key, options);
            if (response.Code is not (200 or 404)) refusal ??= response;
        }

        return refusal ?? new ListResponse(request.Resource, page);
    }

    /// <summary>Deletes an object, or the one behind it where its kind is another form of that one.</summary>
    private async Task<ResourceResponse> DeleteAsync(ObjectKey key, DeletionOptions options)
    {
        if (KindRules.DeletionRefusal(key) is { } refusal) return StatusErrors.Forbidden(key.Resource, key.Name, refusal);
        for (int attempt = 0; attempt < ObjectWriter.MaxAttempts; attempt++)
        {
            if (store.Get(ObjectView.Stored(key)) is not { } current || ObjectView.Show(key.Resource, current) is not { } shown)
            {
                return StatusErrors.NotFound(key.Resource, key.Name);
            }

            JsonObject before = current.Document;
            if (Precondition(key, shown.Document, options) is { } conflict) return conflict;

            if (!before.IsDeleting() && protection.UsersOf(current.Key) is { Count: > 0 } users) return StatusErrors.InUse(key, users);

            JsonObject after = deletion.Mark(before, options.Propagation);
            bool held = ObjectWriter.IsHeld(after);
            if (options.DryRun) return held ? Held(key, after) : Removed(key, shown.Uid);
            if (await deletion.StoreAsync(current, after) is not { } stored) continue;
            // An object that finalizers still hold is shown as it is now; otherwise there is only its identity to tell.
            return held ? Held(key, stored.Document) : Removed(key, shown.Uid);
        }

        return StatusErrors.Modified(key.Resource, key.Name);
    }

    private async Task<ResourceResponse> RemoveAsync(ObjectKey key, QuarantinedObject found, DeletionOptions options)
    {
        if (KindRules.DeletionRefusal(key) is { } refusal) return StatusErrors.Forbidden(key.Resource, key.Name, refusal);
        if (options.Uid is { } uid && uid != found.Uid)
        {
            return StatusErrors.Conflict(
                key.Resource, key.Name, $"the UID in the precondition ({uid}) is not the object's ({found.Uid})");
        }

        bool gone = options.DryRun || await store.RemoveUnreadableAsync(key);
        return gone ? Removed(key, found.Uid) : StatusErrors.Modified(key.Resource, key.Name);
    }

    private static ResourceResponse Held(ObjectKey key, JsonObject document) =>
        ObjectView.Show(key.Resource, document) is { } shown
            ? new ObjectResponse(200, key.Resource, shown.ToBytes())
            : StatusErrors.NotFound(key.Resource, key.Name);

    private static StatusResponse Removed(ObjectKey key, string uid)
    {
        string group = key.Resource.Definition.Group;
        return new StatusResponse(new Status
        {
            Outcome = "Success",
            Code = 200,
            Details = new StatusDetails
            {
                Name = key.Name,
                Group = group.Length == 0 ? null : group,
                Kind = key.Resource.Definition.Plural,
                Uid = uid,
            },
        });
    }

    private static StatusError? Precondition(ObjectKey key, JsonObject before, DeletionOptions options)
    {
        string? version = before.Metadata().Text("resourceVersion");
        string? mismatch = options switch
        {
            { Uid: { } uid } when uid != before.Uid() => $"the UID in the precondition ({uid}) is not the object's ({before.Uid()})",
            { ResourceVersion: { } wanted } when wanted != version =>
                $"the resourceVersion in the precondition ({wanted}) is not the object's ({version})",
            _ => null,
        };
        return mismatch is null ? null : StatusErrors.Conflict(key.Resource, key.Name, mismatch);
    }
}
