using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Patching.Apply;

/// <summary>Lays an applied configuration over the live state, and takes paths out of a state again.</summary>
internal static class ObjectMerger
{
    /// <summary>Returns a new tree: objects and mergeable lists merge, everything else is taken from the configuration.</summary>
    public static JsonNode? Merge(JsonNode? live, JsonNode? config, SchemaNode? schema, int depth = 0)
    {
        int below = JsonDepth.Below(depth);
        if (config is JsonObject wanted && live is JsonObject current && schema?.IsAtomic != true)
        {
            // Each value is copied once, at its own level, however deep the configuration follows.
            var result = new JsonObject();
            foreach ((string name, JsonNode? value) in current)
            {
                result[name] = wanted.TryGetPropertyValue(name, out JsonNode? over)
                    ? Merge(value, over, FieldSets.SchemaOf(schema, name), below)
                    : value?.DeepClone();
            }

            foreach ((string name, JsonNode? value) in wanted)
            {
                if (!current.ContainsKey(name)) result[name] = Merge(null, value, FieldSets.SchemaOf(schema, name), below);
            }

            return result;
        }

        bool mergeable = ListKeys.TryRead(live, schema, out IReadOnlyList<string> liveKeys)
            & ListKeys.TryRead(config, schema, out IReadOnlyList<string> configKeys);
        return mergeable ? MergeList(live!.AsArray(), liveKeys, config!.AsArray(), configKeys, schema!, below) : config?.DeepClone();
    }

    /// <summary>
    /// Takes out the paths to remove unless something to keep lies at or below them. Containers that end up empty go too,
    /// if they were named by the removed paths.
    /// </summary>
    public static void Remove(JsonNode node, SchemaNode? schema, FieldSet remove, FieldSet keep, int depth = 0)
    {
        int inner = JsonDepth.Below(depth);
        if (node is JsonObject map)
        {
            var removed = new List<string>();
            foreach ((string element, FieldSet below) in remove.Children)
            {
                string name = element[2..];
                if (element[0] != 'f' || !map.TryGetPropertyValue(name, out JsonNode? member)) continue;
                if (RemoveAt(member, FieldSets.SchemaOf(schema, name), below, keep.Find(element), inner)) removed.Add(name);
            }

            map.RemoveAll(removed);
        }
        else if (ListKeys.TryRead(node, schema, out IReadOnlyList<string> keys))
        {
            JsonArray list = node.AsArray();
            for (int i = keys.Count - 1; i >= 0; i--)
            {
                if (remove.Find(keys[i]) is not { } below) continue;
                if (RemoveAt(list[i], schema!.Items, below, keep.Find(keys[i]), inner, isItem: true)) list.RemoveAt(i);
            }
        }
    }

    /// <summary>Removes below a member or item; true if it goes as a whole.</summary>
    private static bool RemoveAt(
        JsonNode? value, SchemaNode? schema, FieldSet remove, FieldSet? keep, int depth, bool isItem = false)
    {
        if (keep is { IsEmpty: false } kept)
        {
            if (value is not null) Remove(value, schema, remove, kept, depth);
            return false;
        }

        bool branches = (value is JsonObject { Count: > 0 } && schema?.IsAtomic != true)
            || (ListKeys.TryRead(value, schema, out IReadOnlyList<string> keys) && keys.Count > 0);
        if (isItem || !branches) return remove.IsMember;

        // What is in the container without an owner stays, and the container with it.
        Remove(value!, schema, remove, new FieldSet(), depth);
        return value is JsonObject { Count: 0 } or JsonArray { Count: 0 };
    }

    /// <summary>
    /// The configuration's order leads. Items only the live list has keep their place behind the items they follow there.
    /// </summary>
    private static JsonArray MergeList(
        JsonArray live,
        IReadOnlyList<string> liveKeys,
        JsonArray config,
        IReadOnlyList<string> configKeys,
        SchemaNode schema,
        int depth)
    {
        var result = new JsonArray();
        var placed = new HashSet<string>();
        HashSet<string> wanted = [.. configKeys];
        var liveAt = new Dictionary<string, int>(liveKeys.Count);
        for (int i = 0; i < liveKeys.Count; i++) liveAt[liveKeys[i]] = i;

        int at = 0;
        for (int next = 0; next < config.Count || at < live.Count;)
        {
            if (at < live.Count && (placed.Contains(liveKeys[at]) || !wanted.Contains(liveKeys[at])))
            {
                if (placed.Add(liveKeys[at])) result.Add(live[at]?.DeepClone());
                at++;
                continue;
            }

            string key = configKeys[next];
            JsonNode? current = liveAt.TryGetValue(key, out int index) ? live[index] : null;
            result.Add(Merge(current, config[next], schema.Items, depth));
            placed.Add(key);
            next++;
        }

        return result;
    }
}
