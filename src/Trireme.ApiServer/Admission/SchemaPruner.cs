using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Admission;

/// <summary>Removes from an object what its schema gives no meaning.</summary>
internal static class SchemaPruner
{
    /// <summary>Removes explicit nulls of known fields: they say "not set", and a stored object says so by absence.</summary>
    public static void RemoveNulls(JsonNode? node, SchemaNode schema)
    {
        if (node is JsonArray array && schema.Items is { } items)
        {
            foreach (JsonNode? item in array) RemoveNulls(item, items);
        }

        if (node is not JsonObject map) return;
        foreach ((string name, JsonNode? value) in map.ToArray())
        {
            SchemaNode? known = schema.Properties?.GetValueOrDefault(name) ?? schema.AdditionalProperties;
            if (known is null) continue;
            if (value is null && schema.Properties is not null) map.Remove(name);
            else RemoveNulls(value, known);
        }
    }

    /// <summary>Removes fields the schema does not know.</summary>
    public static void RemoveUnknown(JsonNode? node, SchemaNode schema)
    {
        if (node is JsonArray array && schema.Items is { } items)
        {
            foreach (JsonNode? item in array) RemoveUnknown(item, items);
        }

        if (node is not JsonObject map || schema.PreservesUnknownFields) return;
        foreach ((string name, JsonNode? value) in map.ToArray())
        {
            SchemaNode? known = schema.Properties?.GetValueOrDefault(name) ?? schema.AdditionalProperties;
            if (known is not null) RemoveUnknown(value, known);
            else if (schema.Properties is not null) map.Remove(name);
        }
    }
}
