using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Patching.Apply;

/// <summary>The field sets of objects and of the differences between them.</summary>
internal static class FieldSets
{
    /// <summary>Adds the paths of everything in a value to the node that stands for it.</summary>
    public static void Add(FieldSet node, JsonNode? value, SchemaNode? schema)
    {
        if (value is JsonObject { Count: > 0 } map)
        {
            foreach ((string name, JsonNode? member) in map)
            {
                if (!IsKnown(schema, name)) continue;
                FieldSet child = node.Child("f:" + name);
                Add(child, member, SchemaOf(schema, name));
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
                if (list[i] is JsonObject item) Add(child, item, schema!.Items);
            }
        }
        else
        {
            node.IsMember = true;
        }
    }

    /// <summary>Finds what was added, modified and removed between two states.</summary>
    public static FieldChanges Compare(JsonNode before, JsonNode after, SchemaNode? schema)
    {
        var changes = new FieldChanges(new FieldSet(), new FieldSet(), new FieldSet());
        Compare(before, after, schema, changes);
        return changes;
    }

    public static SchemaNode? SchemaOf(SchemaNode? schema, string name) =>
        schema?.Properties?.GetValueOrDefault(name) ?? schema?.AdditionalProperties;

    private static void Compare(JsonNode? before, JsonNode? after, SchemaNode? schema, FieldChanges at)
    {
        if (JsonNode.DeepEquals(before, after)) return;
        if (before is null)
        {
            Add(at.Added, after, schema);
        }
        else if (after is null)
        {
            Add(at.Removed, before, schema);
        }
        else if (before is JsonObject was && after is JsonObject now)
        {
            CompareMembers(was, now, schema, at);
        }
        else if (ListKeys.TryRead(before, schema, out IReadOnlyList<string> wasKeys)
            && ListKeys.TryRead(after, schema, out IReadOnlyList<string> nowKeys))
        {
            CompareItems(before.AsArray(), wasKeys, after.AsArray(), nowKeys, schema!, at);
        }
        else
        {
            // One side is a leaf: the paths below the other side come or go with the change.
            Add(at.Removed, before, schema);
            Add(at.Added, after, schema);
            if (at.Removed.IsMember && at.Added.IsMember)
            {
                at.Removed.IsMember = at.Added.IsMember = false;
                at.Modified.IsMember = true;
            }
        }
    }

    private static void CompareMembers(JsonObject before, JsonObject after, SchemaNode? schema, FieldChanges at)
    {
        foreach (string name in before.Select(member => member.Key).Union(after.Select(member => member.Key)))
        {
            if (!IsKnown(schema, name)) continue;
            FieldChanges below = at.Child("f:" + name);
            Compare(before[name], after[name], SchemaOf(schema, name), below);
            if (schema?.Properties?.ContainsKey(name) == true) continue;
            below.Added.IsMember |= !before.ContainsKey(name);
            below.Removed.IsMember |= !after.ContainsKey(name);
        }
    }

    private static void CompareItems(
        JsonArray before, IReadOnlyList<string> wasKeys, JsonArray after, IReadOnlyList<string> nowKeys, SchemaNode schema, FieldChanges at)
    {
        foreach (string key in wasKeys.Union(nowKeys))
        {
            int was = IndexOf(wasKeys, key);
            int now = IndexOf(nowKeys, key);
            FieldChanges below = at.Child(key);
            Compare(was < 0 ? null : before[was], now < 0 ? null : after[now], schema.Items, below);
            below.Added.IsMember |= was < 0;
            below.Removed.IsMember |= now < 0;
        }
    }

    private static int IndexOf(IReadOnlyList<string> keys, string key)
    {
        for (int i = 0; i < keys.Count; i++)
        {
            if (keys[i] == key) return i;
        }

        return -1;
    }

    /// <summary>False for fields that validation refuses or prunes; nobody owns those.</summary>
    private static bool IsKnown(SchemaNode? schema, string name) =>
        schema?.Properties is null || schema.PreservesUnknownFields || SchemaOf(schema, name) is not null;
}

/// <summary>The difference between two states, by path.</summary>
internal sealed record FieldChanges(FieldSet Added, FieldSet Modified, FieldSet Removed)
{
    public FieldChanges Child(string element) => new(Added.Child(element), Modified.Child(element), Removed.Child(element));
}
