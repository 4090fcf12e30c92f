using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Patching.Apply;

/// <summary>The owners of one object's fields: metadata.managedFields, read and changeable.</summary>
internal sealed class ManagedFields
{
    /// <summary>The member of metadata.</summary>
    public const string Member = "managedFields";

    private const string FieldsType = "FieldsV1";

    /// <summary>
    /// Managers that update rather than apply are merged beyond this number, oldest first, as in Kubernetes; otherwise
    /// clients with changing names would grow the object without end.
    /// </summary>
    private const int MaxUpdateManagers = 10;

    private const string MergedManager = "ancient-changes";

    private readonly Dictionary<ManagerId, ManagedEntry> _entries = [];

    public IEnumerable<ManagedEntry> Entries => _entries.Values;

    public bool IsEmpty => _entries.Count == 0;

    /// <summary>Reads what an object says about its fields; an unreadable list counts as empty.</summary>
    public static ManagedFields Of(JsonObject document) => Read(document.Metadata()[Member]) ?? new ManagedFields();

    /// <summary>
    /// Reads what a client sent with an update. It may rewrite the list or reset it with one empty entry; anything else
    /// unreadable or empty means the client has no opinion and the stored list goes on.
    /// </summary>
    public static ManagedFields OfUpdate(JsonObject before, JsonObject sent)
    {
        JsonNode? list = sent.Metadata()[Member];
        if (list is JsonArray { Count: 1 } reset && reset[0] is JsonObject { Count: 0 }) return new ManagedFields();
        return Read(list) is { IsEmpty: false } rewritten ? rewritten : Of(before);
    }

    /// <summary>Whether a changed state states another list than the stored one; none stated is no opinion.</summary>
    public static bool IsStatedDifferently(JsonObject before, JsonObject after) =>
        after.Metadata()[Member] is { } stated && !JsonNode.DeepEquals(stated, before.Metadata()[Member]);

    /// <summary>
    /// Whether a manager owns all of these fields in the stored state and nobody else owns any of them, so that writing them
    /// again changes no ownership. This looks at the list as it is stored: most writes of a controller end here.
    /// </summary>
    public static bool OwnsAlone(JsonObject document, ManagerId id, FieldSet fields)
    {
        bool owned = false;
        foreach (JsonNode? item in document.Metadata()[Member] as JsonArray ?? [])
        {
            if (item is not JsonObject entry) return false;
            bool own = entry.Text("manager") == id.Manager
                && entry.Text("operation") == id.Operation
                && (entry.Text("subresource") ?? "") == id.Subresource;
            var listed = entry["fieldsV1"] as JsonObject;
            if (own) owned = fields.IsWithin(listed);
            else if (fields.Touches(listed)) return false;
        }

        return owned;
    }

    /// <summary>Leaves the list as it is stored.</summary>
    public static void Keep(JsonObject before, JsonObject after)
    {
        JsonNode? stored = before.Metadata()[Member];
        if (!JsonNode.DeepEquals(after.Metadata()[Member], stored)) after.Metadata().CopyMember(before.Metadata(), Member);
    }

    public FieldSet FieldsOf(ManagerId id) => _entries.TryGetValue(id, out ManagedEntry? entry) ? entry.Fields : new FieldSet();

    /// <summary>Sets what a manager owns. Its time moves only when that changed.</summary>
    public void Set(ManagerId id, string apiVersion, string time, FieldSet fields)
    {
        if (FieldSet.AreEqual(FieldsOf(id), fields)) return;
        if (fields.IsEmpty) _entries.Remove(id);
        else _entries[id] = new ManagedEntry(id, apiVersion, time, fields);
    }

    /// <summary>Takes fields away from everyone but one manager.</summary>
    public void TakeFromOthers(ManagerId taker, FieldSet taken)
    {
        foreach (ManagedEntry entry in _entries.Values.Where(entry => entry.Id != taker).ToArray())
        {
            FieldSet rest = FieldSet.Difference(entry.Fields, taken);
            if (rest.IsEmpty) _entries.Remove(entry.Id);
            else _entries[entry.Id] = entry with { Fields = rest };
        }
    }

    public void WriteTo(JsonObject document)
    {
        MergeOldest();
        if (IsEmpty)
        {
            document.Metadata().Remove(Member);
            return;
        }

        IEnumerable<ManagedEntry> ordered = _entries.Values
            .OrderBy(entry => entry.Id.Operation, StringComparer.Ordinal)
            .ThenBy(entry => entry.Time, StringComparer.Ordinal)
            .ThenBy(entry => entry.Id.Manager, StringComparer.Ordinal);
        document.Metadata()[Member] = new JsonArray([.. ordered.Select(ToJson)]);
    }

    private static ManagedFields? Read(JsonNode? list)
    {
        var result = new ManagedFields();
        var listed = new Dictionary<ManagerId, List<FieldSet>>();
        foreach (JsonNode? item in list as JsonArray ?? [])
        {
            if (item is not JsonObject json || FieldSet.FromJson(json["fieldsV1"]) is not { } fields) return null;
            var id = new ManagerId(json.Text("manager") ?? "", json.Text("operation") ?? "", json.Text("subresource") ?? "");
            if (id.Operation is not (ManagerId.Apply or ManagerId.Update)) return null;
            if (listed.TryGetValue(id, out List<FieldSet>? same)) same.Add(fields);
            else listed[id] = [fields];
            result._entries[id] = new ManagedEntry(id, json.Text("apiVersion") ?? "", json.Text("time") ?? "", fields);
        }

        foreach ((ManagerId id, List<FieldSet> parts) in listed)
        {
            if (parts.Count > 1) result._entries[id] = result._entries[id] with { Fields = FieldSet.Union(parts) };
        }

        return result;
    }

    private static JsonObject ToJson(ManagedEntry entry)
    {
        var json = new JsonObject
        {
            ["manager"] = entry.Id.Manager,
            ["operation"] = entry.Id.Operation,
            ["apiVersion"] = entry.ApiVersion,
            ["time"] = entry.Time,
            ["fieldsType"] = FieldsType,
            ["fieldsV1"] = entry.Fields.ToJson(),
        };
        if (entry.Time.Length == 0) json.Remove("time");
        if (entry.Id.Subresource.Length > 0) json["subresource"] = entry.Id.Subresource;
        return json;
    }

    private void MergeOldest()
    {
        ManagedEntry[] updates =
        [
            .. _entries.Values
                .Where(entry => entry.Id is { Operation: ManagerId.Update, Subresource: "" })
                .OrderBy(entry => entry.Time, StringComparer.Ordinal),
        ];
        if (updates.Length <= MaxUpdateManagers) return;

        ManagedEntry[] oldest = updates[..(updates.Length - MaxUpdateManagers + 1)];
        FieldSet merged = FieldSet.Union(oldest.Select(static entry => entry.Fields));
        foreach (ManagedEntry entry in oldest) _entries.Remove(entry.Id);
        Set(new ManagerId(MergedManager, ManagerId.Update, ""), oldest[^1].ApiVersion, oldest[^1].Time, merged);
    }
}
