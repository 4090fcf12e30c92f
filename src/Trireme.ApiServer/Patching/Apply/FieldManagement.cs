using System.Text;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Patching.Apply;

/// <summary>
/// Keeps track of who owns which fields, and applies configurations by it: server-side apply. An applied configuration
/// states all fields its manager wants; fields it no longer states are removed unless someone else owns them, and changing
/// a field of someone else is a conflict unless forced.
/// </summary>
internal sealed class FieldManagement(TimeProvider time)
{
    public void TrackCreate(ServedResource resource, JsonObject document, string manager) =>
        TrackNew(resource, document, new ManagerId(manager, ManagerId.Update, ""));

    public void TrackFirstApply(ServedResource resource, JsonObject document, string manager) =>
        TrackNew(resource, document, new ManagerId(manager, ManagerId.Apply, ""));

    /// <summary>Gives a writer the fields it changed.</summary>
    /// <param name="request">What was written.</param>
    /// <param name="before">The stored state.</param>
    /// <param name="after">
    /// The state to be stored. An update of the object itself may state managedFields in it; they are set to what they are.
    /// </param>
    /// <param name="manager">Who writes.</param>
    public void TrackUpdate(ApiRequest request, JsonObject before, JsonObject after, string manager)
    {
        var id = new ManagerId(manager, ManagerId.Update, request.Subresource);
        FieldChanges changes = FieldSets.Compare(before, after, new OwnedScope(request.Resource, request.IsStatus));
        FieldSet written = FieldSet.Union(changes.Added, changes.Modified);
        bool rewrites = !request.IsStatus && ManagedFields.IsStatedDifferently(before, after);
        if (!rewrites && changes.Removed.IsEmpty && ManagedFields.OwnsAlone(before, id, written))
        {
            ManagedFields.Keep(before, after);
            return;
        }

        ManagedFields fields = request.IsStatus ? ManagedFields.Of(before) : ManagedFields.OfUpdate(before, after);
        fields.TakeFromOthers(id, FieldSet.Union(written, changes.Removed));
        FieldSet mine = FieldSet.Union(FieldSet.Difference(fields.FieldsOf(id), changes.Removed), written);
        fields.Set(id, request.Resource.Definition.ApiVersion, Now(), mine);
        fields.WriteTo(after);
    }

    /// <summary>Lays a configuration over the stored state and returns the result, or the conflicts that forbid it.</summary>
    public Outcome<JsonObject> Apply(ApiRequest request, JsonObject before, JsonObject config, WriteOptions options)
    {
        SchemaNode schema = request.Resource.Definition.Schema;
        var id = new ManagerId(options.FieldManager, ManagerId.Apply, request.Subresource);
        ManagedFields fields = ManagedFields.Of(before);
        var scope = new OwnedScope(request.Resource, request.IsStatus);
        JsonObject wanted = scope.CopyOf(config);
        FieldSet applied = FieldSets.Of(wanted, scope);

        // 1. Merge what is wanted now.
        JsonObject merged = ObjectMerger.Merge(before, wanted, schema)!.AsObject();

        // 2. Remove what was wanted last time and is owned by nobody any more.
        FieldSet keep = FieldSet.Union([applied, .. fields.Entries.Where(entry => entry.Id != id).Select(entry => entry.Fields)]);
        ObjectMerger.Remove(merged, schema, FieldSet.Difference(fields.FieldsOf(id), keep), keep);

        // 3. Whatever changed must not be another manager's.
        FieldChanges changes = FieldSets.Compare(before, merged, scope);
        FieldSet written = FieldSet.Union(changes.Added, changes.Modified);
        FieldSet contested = options.Force ? new FieldSet() : ClientSideApply.Without(written, before, scope, id);
        if (Conflicts(fields, id, contested) is { } conflict) return conflict;

        // 4. Take over.
        fields.TakeFromOthers(id, FieldSet.Union(written, changes.Removed));
        fields.Set(id, request.Resource.Definition.ApiVersion, Now(), applied);
        fields.WriteTo(merged);
        ClientSideApply.Remember(merged, config, id);
        return merged;
    }

    private static StatusError? Conflicts(ManagedFields fields, ManagerId id, FieldSet written)
    {
        var causes = new List<StatusCause>();
        var message = new StringBuilder();
        foreach (ManagedEntry entry in fields.Entries.Where(entry => entry.Id != id))
        {
            string[] paths = [.. FieldSet.Intersection(entry.Fields, written).Paths().Select(FieldPath.Format)];
            if (paths.Length == 0) continue;
            string through = entry.Id.Subresource.Length > 0 ? $" with subresource \"{entry.Id.Subresource}\"" : "";
            string version = entry.Id.Operation == ManagerId.Update ? $" using {entry.ApiVersion}" : "";
            string with = $"with \"{entry.Id.Manager}\"{through}{version}";
            causes.AddRange(paths.Select(path =>
                new StatusCause { Reason = "FieldManagerConflict", Message = $"conflict {with}", Field = path }));
            if (message.Length > 0) message.Append('\n');
            if (paths.Length == 1) message.Append($"conflict {with}: {paths[0]}");
            else message.Append($"conflicts {with}:").AppendJoin("", paths.Select(path => $"\n- {path}"));
        }

        if (causes.Count == 0) return null;
        string count = causes.Count == 1 ? "1 conflict" : $"{causes.Count} conflicts";
        return StatusErrors.ApplyConflict($"Apply failed with {count}: {message}", causes);
    }

    private void TrackNew(ServedResource resource, JsonObject document, ManagerId id)
    {
        var fields = new ManagedFields();
        fields.Set(id, resource.Definition.ApiVersion, Now(), FieldSets.Of(document, new OwnedScope(resource, IsStatus: false)));
        fields.WriteTo(document);
    }

    private string Now() => ResourceDocument.Timestamp(time.GetUtcNow());
}
