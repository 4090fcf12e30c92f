using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Patching.Apply;

/// <summary>How items of a mergeable list are identified.</summary>
internal static class ListKeys
{
    /// <summary>
    /// The path elements of all items in order. False for a list that is owned and replaced as a whole: one the schema does
    /// not make mergeable, or one whose items cannot be told apart, which validation refuses.
    /// </summary>
    public static bool TryRead(JsonNode? node, SchemaNode? schema, out IReadOnlyList<string> elements)
    {
        elements = [];
        if (node is not JsonArray list || schema?.ListType is null) return false;
        var found = new List<string>(list.Count);
        var distinct = new HashSet<string>(list.Count);
        foreach (JsonNode? item in list)
        {
            string? element = schema.ListMapKeys.Count > 0 ? KeyElement(item, schema) : ValueElement(item);
            if (element is null || !distinct.Add(element)) return false;
            found.Add(element);
        }

        elements = found;
        return true;
    }

    /// <summary>
    /// The keys by their names; one that is absent has its default, and an item without one of them is told apart by nothing.
    /// </summary>
    private static string? KeyElement(JsonNode? item, SchemaNode schema)
    {
        if (item is not JsonObject map) return null;
        var text = new StringBuilder("k:{");
        foreach (string key in schema.ListMapKeys.Order(StringComparer.Ordinal))
        {
            if ((map[key] ?? schema.Items?.Properties?.GetValueOrDefault(key)?.Default) is not JsonValue value) return null;
            if (text.Length > 3) text.Append(',');
            text.Append(JsonSerializer.Serialize(key, ResourceJson.Options)).Append(':').Append(value.ToJsonString(ResourceJson.Options));
        }

        return text.Append('}').ToString();
    }

    private static string? ValueElement(JsonNode? item) =>
        item is JsonValue value && value.GetValueKind() is not JsonValueKind.Null ? "v:" + value.ToJsonString(ResourceJson.Options) : null;
}
