using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Patching;

/// <summary>
/// Kubernetes' strategic merge patch. Objects merge as in a merge patch; lists merge by the schema: by key for maps, by
/// value for sets, and as a whole otherwise. Directives begin with '$'.
/// </summary>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string OrderPrefix = "$setElementOrder/";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";

    public static Outcome<JsonObject> Apply(JsonObject document, JsonObject patch, SchemaNode schema) =>
        patch.Text(Directive) == "delete"
            ? ApiErrors.BadRequest("a patch cannot delete the whole object; send DELETE")
            : Merge(document, patch, schema);

    /// <summary>Merges into the target in place and returns the result, which is another object only for "$patch: replace".</summary>
    private static JsonObject Merge(JsonObject target, JsonObject patch, SchemaNode? schema)
    {
        if (patch.Text(Directive) == "replace") return Plain(patch);
        if (patch[RetainKeys] is JsonArray) Retain(target, patch.TextList(RetainKeys));
        foreach ((string name, JsonNode? value) in patch)
        {
            if (name.StartsWith(DeletePrefix, StringComparison.Ordinal)) DeleteValues(target, name[DeletePrefix.Length..], value);
        }

        foreach ((string name, JsonNode? value) in patch)
        {
            if (!name.StartsWith('$')) MergeMember(target, name, value, Child(schema, name));
        }

        foreach ((string name, JsonNode? value) in patch)
        {
            if (!name.StartsWith(OrderPrefix, StringComparison.Ordinal)) continue;
            Reorder(target, name[OrderPrefix.Length..], value as JsonArray, schema);
        }

        return target;
    }

    private static void MergeMember(JsonObject target, string name, JsonNode? value, SchemaNode? schema)
    {
        switch (value)
        {
            case null:
            case JsonObject map when map.Text(Directive) == "delete":
                target.Remove(name);
                break;
            case JsonObject map:
                JsonObject merged = Merge(target[name] as JsonObject ?? [], map, schema);
                if (!ReferenceEquals(merged, target[name])) target[name] = merged;
                break;
            case JsonArray list when schema?.ListType is not null:
                target[name] = MergeList(target[name] as JsonArray ?? [], list, schema);
                break;
            default:
                target[name] = value.DeepClone();
                break;
        }
    }

    private static JsonArray MergeList(JsonArray target, JsonArray patch, SchemaNode schema)
    {
        bool replaces = patch.OfType<JsonObject>().Any(item => item.Text(Directive) == "replace");
        var result = new List<JsonNode?>(replaces ? [] : target.Select(item => item?.DeepClone()));
        foreach (JsonNode? item in patch)
        {
            if (schema.ListMapKey is not { } key)
            {
                if (!result.Any(existing => JsonNode.DeepEquals(existing, item))) result.Add(item?.DeepClone());
                continue;
            }

            if (item is not JsonObject map || map[key] is not { } identity) continue;
            int index = result.FindIndex(existing => existing is JsonObject other && JsonNode.DeepEquals(other[key], identity));
            if (map.Text(Directive) == "delete")
            {
                if (index >= 0) result.RemoveAt(index);
            }
            else if (index >= 0)
            {
                result[index] = Merge(result[index]!.AsObject(), map, schema.Items);
            }
            else
            {
                result.Add(Plain(map));
            }
        }

        return new JsonArray([.. result]);
    }

    private static void DeleteValues(JsonObject target, string name, JsonNode? values)
    {
        if (target[name] is not JsonArray list || values is not JsonArray removed) return;
        target[name] = new JsonArray(
            [.. list.Where(item => !removed.Any(other => JsonNode.DeepEquals(item, other))).Select(item => item?.DeepClone())]);
    }

    private static void Retain(JsonObject target, List<string> kept)
    {
        foreach (string name in target.Select(member => member.Key).Where(name => !kept.Contains(name)).ToArray()) target.Remove(name);
    }

    /// <summary>Puts listed items into the listed order; items the client did not know of follow in the order they had.</summary>
    private static void Reorder(JsonObject target, string name, JsonArray? order, SchemaNode? schema)
    {
        if (target[name] is not JsonArray list || order is null) return;
        string? key = Child(schema, name)?.ListMapKey;
        int Position(JsonNode? item)
        {
            JsonNode? identity = key is null ? item : (item as JsonObject)?[key];
            for (int i = 0; i < order.Count; i++)
            {
                if (JsonNode.DeepEquals(key is null ? order[i] : (order[i] as JsonObject)?[key], identity)) return i;
            }

            return int.MaxValue;
        }

        target[name] = new JsonArray([.. list.OrderBy(Position).Select(item => item?.DeepClone())]);
    }

    private static SchemaNode? Child(SchemaNode? schema, string name) =>
        schema?.Properties?.GetValueOrDefault(name) ?? schema?.AdditionalProperties;

    /// <summary>A copy without directives.</summary>
    private static JsonObject Plain(JsonObject patch)
    {
        var result = new JsonObject();
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null || name.StartsWith('$')) continue;
            result[name] = value is JsonObject map ? Plain(map) : value.DeepClone();
        }

        return result;
    }
}
