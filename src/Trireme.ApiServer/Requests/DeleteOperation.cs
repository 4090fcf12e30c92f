using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Selectors;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Requests;

/// <summary>DELETE of an object or of all selected objects of a collection.</summary>
internal sealed class DeleteOperation(ObjectStore store, ObjectView view, ObjectDeletion deletion, UseProtection protection)
{
    /// <summary>
    /// Objects of a collection that are deleted together: they share one wait for the disk, and the writes of others wait for no more than
    /// these.
    /// </summary>
    private const int Together = 32;

    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        if ((await DeletionOptions.ReadAsync(request)).Failed(out StatusError? error, out DeletionOptions? options)) return error;
        if (request.Resource.Definition.ClrType == typeof(Job) && options.Propagation is null)
        {
            // As in Kubernetes, whose first clients knew of no other way.
            Warnings.Add(
                request.Http.Response,
                "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
                + "propagationPolicy=Orphan to suppress this warning");
            options = options with { Propagation = DeletionPropagation.Orphan };
        }

        return options.Unreadable && store.Quarantine.TryFind(request.Key, out QuarantinedObject? found)
            ? await RemoveAsync(request.Key, found, options)
            : await DeleteAsync(request.Key, options);
    }

    public async Task<ResourceResponse> RunOnCollectionAsync(ApiRequest request)
    {
        if ((await DeletionOptions.ReadAsync(request)).Failed(out StatusError? error, out DeletionOptions? options)) return error;
        if (ReadOperation.ReadSelector(request).Failed(out error, out Selector? selector)) return error;

        ObjectPage page = view.List(ListQuery.Of(request.Resource, request.Namespace, selector));
        if (request.Resource.Overlay is not null) page = WithoutForms(request, page);
        ResourceResponse? refusal = null;
        foreach (StoredObject[] part in page.Objects.Chunk(Together))
        {
            // What was deleted stays so; of the rest nobody would hear any more.
            request.Http.RequestAborted.ThrowIfCancellationRequested();
            ResourceResponse[] responses = await Task.WhenAll(part.Select(stored => DeleteAsync(stored.Key, options)));

            // One that may not go keeps none of the others.
            refusal ??= responses.FirstOrDefault(static response => response.Code is not (200 or 404));
        }

        return refusal ?? new ListResponse(request.Resource, page);
    }

    /// <summary>What runs the platform's own replicas is deleted by its name alone: all of it at once is never what was meant.</summary>
    private ObjectPage WithoutForms(ApiRequest request, ObjectPage page)
    {
        StoredObject[] own = [.. page.Objects.Where(shown => store.Exists(shown.Key))];
        int forms = page.Objects.Count - own.Length;
        if (forms > 0) Warnings.Add(request.Http.Response, $"{forms} that show a ModelReplica stay; delete those by their names");
        return page with { Objects = own };
    }

    /// <summary>Deletes an object, or the one behind it where its kind is another form of that one.</summary>
    private async Task<ResourceResponse> DeleteAsync(ObjectKey key, DeletionOptions options)
    {
        if (KindRules.DeletionRefusal(key) is { } refusal) return StatusErrors.Forbidden(key.Resource, key.Name, refusal);
        if (key.Resource.Fixed is { } kept && kept.Get(key.Name) is not null) return StatusErrors.ReadOnly(kept.Kind.InsteadOfWriting);
        for (int attempt = 0; attempt < ObjectWriter.MaxAttempts; attempt++)
        {
            if (view.Behind(key) is not { } current || ObjectView.Show(key.Resource, current) is not { } shown)
            {
                return StatusErrors.NotFound(key.Resource, key.Name);
            }

            JsonObject before = current.Document;
            if (Precondition(key, shown.Document, options) is { } conflict) return conflict;

            if (!before.IsDeleting() && protection.UsersOf(current.Key) is { Count: > 0 } users) return StatusErrors.InUse(key, users);

            JsonObject after = deletion.Mark(before, options.Propagation, options.GraceSeconds);
            bool held = ObjectWriter.IsHeld(after);
            if (options.DryRun) return held ? Held(key, after) : Removed(key, shown.Uid);
            if (await deletion.StoreAsync(current, after) is not { } stored) continue;
            // Kubernetes shows the last of a Pod.
            if (!held && PodGrace.Concerns(after)) return Held(key, after);
            // An object that finalizers still hold is shown as it is now; otherwise there is only its identity to tell.
            return held ? Held(key, stored.Document) : Removed(key, shown.Uid);
        }

        return StatusErrors.Modified(key);
    }

    private async Task<ResourceResponse> RemoveAsync(ObjectKey key, QuarantinedObject found, DeletionOptions options)
    {
        if (KindRules.DeletionRefusal(key) is { } refusal) return StatusErrors.Forbidden(key.Resource, key.Name, refusal);
        if (options.Uid is { } uid && uid != found.Uid)
        {
            return StatusErrors.Conflict(key, $"the UID in the precondition ({uid}) is not the object's ({found.Uid})");
        }

        bool gone = options.DryRun || await store.RemoveUnreadableAsync(key);
        return gone ? Removed(key, found.Uid) : StatusErrors.Modified(key);
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

    /// <summary>Why an object is not the one that the deletion is about; null where it is.</summary>
    public static StatusError? Precondition(ObjectKey key, JsonObject before, DeletionOptions options)
    {
        string? version = before.Metadata().Text("resourceVersion");
        string? mismatch = options switch
        {
            { Uid: { } uid } when uid != before.Uid() => $"the UID in the precondition ({uid}) is not the object's ({before.Uid()})",
            { ResourceVersion: { } wanted } when wanted != version =>
                $"the resourceVersion in the precondition ({wanted}) is not the object's ({version})",
            _ => null,
        };
        return mismatch is null ? null : StatusErrors.Conflict(key, mismatch);
    }
}
