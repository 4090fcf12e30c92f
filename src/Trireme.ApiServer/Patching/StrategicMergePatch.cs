using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

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
            ? StatusErrors.BadRequest("a patch cannot delete the whole object; send DELETE")
            : Merge(document, patch, schema, 0);

    /// <summary>Merges into the target in place and returns the result, which is another object only for "$patch: replace".</summary>
    private static JsonObject Merge(JsonObject target, JsonObject patch, SchemaNode? schema, int depth)
    {
        if (patch.Text(Directive) == "replace") return Plain(patch, depth);
        if (patch[RetainKeys] is JsonArray) Retain(target, patch.TextList(RetainKeys));
        foreach ((string name, JsonNode? value) in patch)
        {
            if (name.StartsWith(DeletePrefix, StringComparison.Ordinal)) DeleteValues(target, name[DeletePrefix.Length..], value);
        }

        target.RemoveAll(
            [.. patch.Where(static member => !member.Key.StartsWith('$') && IsRemoved(member.Value)).Select(static member => member.Key)]);
        foreach ((string name, JsonNode? value) in patch)
        {
            if (!name.StartsWith('$') && !IsRemoved(value)) MergeMember(target, name, value, Child(schema, name), depth);
        }

        foreach ((string name, JsonNode? value) in patch)
        {
            if (!name.StartsWith(OrderPrefix, StringComparison.Ordinal)) continue;
            Reorder(target, name[OrderPrefix.Length..], value as JsonArray, schema);
        }

        return target;
    }

    private static void MergeMember(JsonObject target, string name, JsonNode? value, SchemaNode? schema, int depth)
    {
        int below = JsonDepth.Below(depth);
        switch (value)
        {
            case JsonObject map:
                JsonObject merged = Merge(target[name] as JsonObject ?? [], map, schema, below);
                if (!ReferenceEquals(merged, target[name])) target[name] = merged;
                break;
            case JsonArray list when schema?.ListType is not null:
                target[name] = MergeList(target[name] as JsonArray ?? [], list, schema, below);
                break;
            default:
                target[name] = value?.DeepClone();
                break;
        }
    }

    /// <summary>Null and a directive remove a member.</summary>
    private static bool IsRemoved(JsonNode? value) => value is null || (value is JsonObject map && map.Text(Directive) == "delete");

    private static JsonArray MergeList(JsonArray target, JsonArray patch, SchemaNode schema, int depth)
    {
        int below = JsonDepth.Below(depth);
        bool replaces = patch.OfType<JsonObject>().Any(item => item.Text(Directive) == "replace");
        var result = new List<JsonNode?>(replaces ? [] : target.Select(item => item?.DeepClone()));
        var places = new Dictionary<string, int>();
        for (int i = 0; i < result.Count; i++)
        {
            if (Identity(result[i], KeyOf(schema)) is { } known) places.TryAdd(known, i);
        }

        var removed = new HashSet<int>();
        foreach (JsonNode? item in patch)
        {
            if (Identity(item, KeyOf(schema)) is not { } identity) continue;
            bool found = places.TryGetValue(identity, out int place);
            if (item is JsonObject map && schema.ListMapKeys.Count > 0)
            {
                bool deletes = map.Text(Directive) == "delete";
                if (deletes && found) removed.Add(place);
                if (deletes) places.Remove(identity);
                else if (found) result[place] = Merge(result[place]!.AsObject(), map, schema.Items, below);
                if (!deletes && !found) Append(Plain(map, below));
            }
            else if (!found)
            {
                Append(item?.DeepClone());
            }

            void Append(JsonNode? added)
            {
                places[identity] = result.Count;
                result.Add(added);
            }
        }

        return new JsonArray([.. result.Where((_, index) => !removed.Contains(index))]);
    }

    private static void DeleteValues(JsonObject target, string name, JsonNode? values)
    {
        if (target[name] is not JsonArray list || values is not JsonArray unwanted) return;
        HashSet<string?> removed = [.. unwanted.Select(item => Identity(item, null))];
        target[name] = new JsonArray(
            [.. list.Where(item => !removed.Contains(Identity(item, null))).Select(item => item?.DeepClone())]);
    }

    private static void Retain(JsonObject target, List<string> kept)
    {
        var names = new HashSet<string>(kept);
        target.RemoveAll([.. target.Select(static member => member.Key).Where(name => !names.Contains(name))]);
    }

    /// <summary>The member that tells items apart; null for values that are told apart by themselves.</summary>
    private static string? KeyOf(SchemaNode list) => list.ListMapKeys.Count > 0 ? list.ListMapKeys[0] : null;

    /// <summary>Puts listed items into the listed order; items the client did not know of follow in the order they had.</summary>
    private static void Reorder(JsonObject target, string name, JsonArray? order, SchemaNode? schema)
    {
        if (target[name] is not JsonArray list || order is null) return;
        string? key = Child(schema, name) is { } child ? KeyOf(child) : null;
        var places = new Dictionary<string, int>();
        for (int i = 0; i < order.Count; i++)
        {
            if (Identity(order[i], key) is { } identity) places.TryAdd(identity, i);
        }

        target[name] = new JsonArray([.. list.OrderBy(Place).Select(item => item?.DeepClone())]);

        int Place(JsonNode? item) =>
            Identity(item, key) is { } identity && places.TryGetValue(identity, out int place) ? place : int.MaxValue;
    }

    /// <summary>What makes an item of a list the same as another: its value under a key, or itself where there is no key.</summary>
    private static string? Identity(JsonNode? item, string? key) =>
        key is null ? item?.ToJsonString() ?? "null" : (item as JsonObject)?[key]?.ToJsonString();

    private static SchemaNode? Child(SchemaNode? schema, string name) =>
        schema?.Properties?.GetValueOrDefault(name) ?? schema?.AdditionalProperties;

    /// <summary>A copy without directives.</summary>
    private static JsonObject Plain(JsonObject patch, int depth)
    {
        var result = new JsonObject();
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null || name.StartsWith('$')) continue;
            result[name] = value is JsonObject map ? Plain(map, JsonDepth.Below(depth)) : value.DeepClone();
        }

        return result;
    }
}
