using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Patching.Apply;

/// <summary>The field sets of objects and of the differences between them.</summary>
internal static class FieldSets
{
    /// <summary>The paths of everything an object holds in a scope.</summary>
    public static FieldSet Of(JsonObject document, OwnedScope scope)
    {
        SchemaNode schema = scope.Resource.Definition.Schema;
        var set = new FieldSet();
        foreach ((string name, JsonNode? value) in document)
        {
            if (value is null || !scope.Owns(name) || !IsKnown(schema, name)) continue;
            FieldSet child = set.Child("f:" + name);
            if (name == OwnedScope.Metadata && value is JsonObject metadata) AddMetadata(child, metadata, SchemaOf(schema, name));
            else Add(child, value, SchemaOf(schema, name));
        }

        return set;
    }

    /// <summary>Finds what was added, modified and removed between two states, in a scope.</summary>
    public static FieldChanges Compare(JsonObject before, JsonObject after, OwnedScope scope)
    {
        SchemaNode schema = scope.Resource.Definition.Schema;
        var changes = FieldChanges.None();
        foreach (string name in Names(before, after))
        {
            if (!scope.Owns(name) || !IsKnown(schema, name)) continue;
            bool metadata = name == OwnedScope.Metadata;
            if (metadata && before[name] is JsonObject was && after[name] is JsonObject now)
            {
                FieldChanges below = changes.Child("f:" + name);
                foreach (string member in Names(was, now).Where(OwnedScope.OwnsMetadata))
                {
                    CompareMember(was, now, member, SchemaOf(schema, name), below, 0);
                }
            }
            else
            {
                CompareMember(before, after, name, schema, changes, 0);
            }
        }

        return changes;
    }

    public static SchemaNode? SchemaOf(SchemaNode? schema, string name) =>
        schema?.Properties?.GetValueOrDefault(name) ?? schema?.AdditionalProperties;

    private static void AddMetadata(FieldSet node, JsonObject metadata, SchemaNode? schema)
    {
        foreach ((string name, JsonNode? member) in metadata)
        {
            if (OwnedScope.OwnsMetadata(name) && IsKnown(schema, name)) Add(node.Child("f:" + name), member, SchemaOf(schema, name));
        }
    }

    /// <summary>Adds the paths of everything in a value to the node that stands for it.</summary>
    public static void Add(FieldSet node, JsonNode? value, SchemaNode? schema, int depth = 0)
    {
        int below = JsonDepth.Below(depth);
        if (value is JsonObject { Count: > 0 } map && schema?.IsAtomic != true)
        {
            foreach ((string name, JsonNode? member) in map)
            {
                if (!IsKnown(schema, name)) continue;
                FieldSet child = node.Child("f:" + name);
                Add(child, member, SchemaOf(schema, name), below);
                // An entry of a free-form map exists by being there; a field of a known structure always does.
                if (schema?.Properties?.ContainsKey(name) != true) child.IsMember = true;
            }
        }
        else if (value is JsonArray { Count: > 0 } list && ListKeys.TryRead(list, schema, out IReadOnlyList<string> elements))
        {
            for (int i = 0; i < list.Count; i++)
            {
                FieldSet child = node.Child(elements[i]);
                child.IsMember = true;
                if (list[i] is JsonObject item) Add(child, item, schema!.Items, below);
            }
        }
        else
        {
            node.IsMember = true;
        }
    }

    /// <summary>Adds the difference between two values to the nodes that stand for them.</summary>
    public static void Compare(JsonNode? before, JsonNode? after, SchemaNode? schema, FieldChanges at, int depth = 0)
    {
        int below = JsonDepth.Below(depth);
        if (before is null)
        {
            Add(at.Added, after, schema, depth);
        }
        else if (after is null)
        {
            Add(at.Removed, before, schema, depth);
        }
        else if (before is JsonObject was && after is JsonObject now && schema?.IsAtomic != true)
        {
            foreach (string name in Names(was, now))
            {
                if (IsKnown(schema, name)) CompareMember(was, now, name, schema, at, below);
            }
        }
        else if (ListKeys.TryRead(before, schema, out IReadOnlyList<string> wasKeys)
            && ListKeys.TryRead(after, schema, out IReadOnlyList<string> nowKeys))
        {
            CompareItems(before.AsArray(), wasKeys, after.AsArray(), nowKeys, schema!, at, below);
        }
        else
        {
            // One side is a leaf: the paths below the other side come or go with the change.
            Add(at.Removed, before, schema, depth);
            Add(at.Added, after, schema, depth);
            if (at.Removed.IsMember && at.Added.IsMember)
            {
                at.Removed.IsMember = at.Added.IsMember = false;
                at.Modified.IsMember = true;
            }
        }
    }

    private static void CompareMember(JsonObject before, JsonObject after, string name, SchemaNode? schema, FieldChanges at, int depth)
    {
        bool had = before.TryGetPropertyValue(name, out JsonNode? was);
        bool has = after.TryGetPropertyValue(name, out JsonNode? now);
        bool equal = JsonNode.DeepEquals(was, now);
        if (equal && had == has) return;

        FieldChanges child = at.Child("f:" + name);
        if (!equal) Compare(was, now, SchemaOf(schema, name), child, depth);
        if (schema?.Properties?.ContainsKey(name) == true) return;
        child.Added.IsMember |= !had;
        child.Removed.IsMember |= !has;
    }

    private static void CompareItems(
        JsonArray before,
        IReadOnlyList<string> wasKeys,
        JsonArray after,
        IReadOnlyList<string> nowKeys,
        SchemaNode schema,
        FieldChanges at,
        int depth)
    {
        Dictionary<string, int> nowAt = Positions(nowKeys);
        for (int i = 0; i < wasKeys.Count; i++)
        {
            bool stays = nowAt.Remove(wasKeys[i], out int place);
            JsonNode? now = stays ? after[place] : null;
            if (stays && JsonNode.DeepEquals(before[i], now)) continue;
            FieldChanges child = at.Child(wasKeys[i]);
            Compare(before[i], now, schema.Items, child, depth);
            child.Removed.IsMember |= !stays;
        }

        foreach ((string key, int place) in nowAt)
        {
            FieldChanges child = at.Child(key);
            Compare(null, after[place], schema.Items, child, depth);
            child.Added.IsMember = true;
        }
    }

    private static Dictionary<string, int> Positions(IReadOnlyList<string> keys)
    {
        var positions = new Dictionary<string, int>(keys.Count);
        for (int i = 0; i < keys.Count; i++) positions[keys[i]] = i;
        return positions;
    }

    /// <summary>The names of both, each once.</summary>
    private static IEnumerable<string> Names(JsonObject before, JsonObject after)
    {
        foreach ((string name, _) in before) yield return name;
        foreach ((string name, _) in after)
        {
            if (!before.ContainsKey(name)) yield return name;
        }
    }

    /// <summary>False for fields that validation refuses or prunes; nobody owns those.</summary>
    private static bool IsKnown(SchemaNode? schema, string name) =>
        schema?.Properties is null || schema.PreservesUnknownFields || SchemaOf(schema, name) is not null;
}

/// <summary>The difference between two states, by path.</summary>
internal sealed record FieldChanges(FieldSet Added, FieldSet Modified, FieldSet Removed)
{
    public static FieldChanges None() => new(new FieldSet(), new FieldSet(), new FieldSet());

    public FieldChanges Child(string element) => new(Added.Child(element), Modified.Child(element), Removed.Child(element));
}
