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
    /// <summary>Metadata that is identity or belongs to the server, and that nobody owns.</summary>
    private static readonly string[] UnownedMetadata =
    [
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "selfLink", "managedFields",
    ];

    public void TrackCreate(ServedResource resource, JsonObject document, string manager) =>
        TrackNew(resource, document, new ManagerId(manager, ManagerId.Update, ""));

    public void TrackFirstApply(ServedResource resource, JsonObject document, string manager) =>
        TrackNew(resource, document, new ManagerId(manager, ManagerId.Apply, ""));

    /// <summary>Gives a writer the fields it changed.</summary>
    /// <param name="request">What was written.</param>
    /// <param name="before">The stored state.</param>
    /// <param name="sent">The state the client sent, which may rewrite managedFields.</param>
    /// <param name="after">The state to be stored; its managedFields are set.</param>
    /// <param name="manager">Who writes.</param>
    public void TrackUpdate(ApiRequest request, JsonObject before, JsonObject sent, JsonObject after, string manager)
    {
        var id = new ManagerId(manager, ManagerId.Update, request.Subresource);
        ManagedFields fields = request.IsStatus ? ManagedFields.Of(before) : ManagedFields.OfUpdate(before, sent);
        FieldChanges changes = FieldSets.Compare(Owned(request, before), Owned(request, after), request.Resource.Definition.Schema);
        FieldSet written = FieldSet.Union(changes.Added, changes.Modified);
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
        JsonObject wanted = Owned(request, config);
        FieldSet applied = SetOf(wanted, schema);

        // 1. Merge what is wanted now.
        JsonObject merged = ObjectMerger.Merge(before, wanted, schema)!.AsObject();

        // 2. Remove what was wanted last time and is owned by nobody any more.
        FieldSet keep = applied;
        foreach (ManagedEntry entry in fields.Entries.Where(entry => entry.Id != id)) keep = FieldSet.Union(keep, entry.Fields);
        ObjectMerger.Remove(merged, schema, FieldSet.Difference(fields.FieldsOf(id), keep), keep);

        // 3. Whatever changed must not be another manager's.
        FieldChanges changes = FieldSets.Compare(Owned(request, before), Owned(request, merged), schema);
        FieldSet written = FieldSet.Union(changes.Added, changes.Modified);
        if (!options.Force && Conflicts(fields, id, written) is { } conflict) return conflict;

        // 4. Take over.
        fields.TakeFromOthers(id, FieldSet.Union(written, changes.Removed));
        fields.Set(id, request.Resource.Definition.ApiVersion, Now(), applied);
        fields.WriteTo(merged);
        return merged;
    }

    private static ApiError? Conflicts(ManagedFields fields, ManagerId id, FieldSet written)
    {
        var causes = new List<StatusCause>();
        var message = new StringBuilder();
        foreach (ManagedEntry entry in fields.Entries.Where(entry => entry.Id != id))
        {
            string[] paths = [.. FieldSet.Intersection(entry.Fields, written).Paths().Select(FieldPath.Format)];
            if (paths.Length == 0) continue;
            string through = entry.Id.Subresource.Length > 0 ? $" with subresource \"{entry.Id.Subresource}\"" : "";
            string with = $"with \"{entry.Id.Manager}\"{through} using {entry.ApiVersion}";
            causes.AddRange(paths.Select(path =>
                new StatusCause { Reason = "FieldManagerConflict", Message = $"conflict {with}", Field = path }));
            if (message.Length > 0) message.Append('\n');
            if (paths.Length == 1) message.Append($"conflict {with}: {paths[0]}");
            else message.Append($"conflicts {with}:").AppendJoin("", paths.Select(path => $"\n- {path}"));
        }

        if (causes.Count == 0) return null;
        string count = causes.Count == 1 ? "1 conflict" : $"{causes.Count} conflicts";
        return ApiErrors.ApplyConflict($"Apply failed with {count}: {message}", causes);
    }

    private void TrackNew(ServedResource resource, JsonObject document, ManagerId id)
    {
        var fields = new ManagedFields();
        fields.Set(id, resource.Definition.ApiVersion, Now(), SetOf(Owned(resource, document, status: false), resource.Definition.Schema));
        fields.WriteTo(document);
    }

    private static FieldSet SetOf(JsonObject owned, SchemaNode schema)
    {
        var set = new FieldSet();
        if (owned.Count > 0) FieldSets.Add(set, owned, schema);
        return set;
    }

    private static JsonObject Owned(ApiRequest request, JsonObject document) => Owned(request.Resource, document, request.IsStatus);

    /// <summary>The part of an object that the written (sub)resource lets its writers own.</summary>
    private static JsonObject Owned(ServedResource resource, JsonObject document, bool status)
    {
        var owned = new JsonObject();
        foreach ((string name, JsonNode? value) in document)
        {
            bool isStatus = resource.Definition.HasStatus && name == "status";
            if (value is null || isStatus != status || name is "apiVersion" or "kind") continue;
            owned[name] = value.DeepClone();
        }

        if (owned["metadata"] is JsonObject metadata)
        {
            foreach (string name in UnownedMetadata) metadata.Remove(name);
            if (metadata.Count == 0) owned.Remove("metadata");
        }

        return owned;
    }

    private string Now() => ResourceDocument.Timestamp(time.GetUtcNow());
}
