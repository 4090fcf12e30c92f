using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;

namespace Trireme.Contracts.Migrations;

/// <summary>
/// Layout 1 to 2 of ModelReplica: paths of models become sources with a URI, and a status with a process says that a process
/// is what runs the engine. Who owned the old fields owns the new ones.
/// </summary>
internal static class ReplicaSources
{
    public static bool Migrate(JsonObject replica)
    {
        bool changed = false;
        if (replica["spec"] is JsonObject spec)
        {
            changed |= ToSource(spec, "modelPath", "model");
            changed |= ToSource(spec, "draftModelPath", "draftModel");
        }

        if (replica["status"] is JsonObject { } status && status["process"] is not null && status["runtime"] is null)
        {
            status.Insert(status.IndexOf("process"), "runtime", ReplicaRuntimes.Process);
            changed = true;
        }

        foreach (JsonNode? entry in (replica["metadata"] as JsonObject)?["managedFields"] as JsonArray ?? [])
        {
            if (entry is JsonObject owner && owner["fieldsV1"] is JsonObject fields) changed |= MoveOwnership(fields);
        }

        return changed;
    }

    private static bool ToSource(JsonObject spec, string old, string name)
    {
        if (spec[old] is not JsonValue value || !value.TryGetValue(out string? path)) return false;
        int place = spec.IndexOf(old);
        spec.Remove(old);
        if (spec[name] is null) spec.Insert(place, name, new JsonObject { ["uri"] = ArtifactSource.OfFile(path).Uri });
        return true;
    }

    private static bool MoveOwnership(JsonObject fields)
    {
        bool changed = false;
        if (fields["f:spec"] is JsonObject spec)
        {
            bool moved = ToSourceField(spec, "f:modelPath", "f:model") | ToSourceField(spec, "f:draftModelPath", "f:draftModel");
            if (moved) fields["f:spec"] = Sorted(spec);
            changed |= moved;
        }

        if (fields["f:status"] is JsonObject status && status.ContainsKey("f:process") && !status.ContainsKey("f:runtime"))
        {
            status["f:runtime"] = new JsonObject();
            fields["f:status"] = Sorted(status);
            changed = true;
        }

        return changed;
    }

    private static bool ToSourceField(JsonObject spec, string old, string name)
    {
        if (!spec.Remove(old)) return false;
        spec[name] ??= new JsonObject { ["f:uri"] = new JsonObject() };
        return true;
    }

    /// <summary>Field sets are kept in the order of their elements, so that equal sets are equal texts.</summary>
    private static JsonObject Sorted(JsonObject fields) => new(fields
        .OrderBy(member => member.Key, StringComparer.Ordinal)
        .Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
}
