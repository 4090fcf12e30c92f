using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Validation;

/// <summary>Removes from an object what its schema gives no meaning.</summary>
public static class SchemaPruner
{
    /// <summary>
    /// Removes explicit nulls of known fields: they say "not set", and an object says so by absence. Without them, the fields take
    /// their defaults.
    /// </summary>
    public static void RemoveNulls(JsonNode? node, SchemaNode schema, int depth = 0)
    {
        if (node is JsonArray array && schema.Items is { } items)
        {
            foreach (JsonNode? item in array) RemoveNulls(item, items, JsonDepth.Below(depth));
        }

        if (node is not JsonObject map) return;
        List<string>? unset = null;
        foreach ((string name, JsonNode? value) in map)
        {
            if (Known(schema, name) is not { } known) continue;
            if (value is not null) RemoveNulls(value, known, JsonDepth.Below(depth));
            else if (schema.Properties is not null) (unset ??= []).Add(name);
        }

        if (unset is not null) map.RemoveAll(unset);
    }

    /// <summary>Removes fields the schema does not know.</summary>
    public static void RemoveUnknown(JsonNode? node, SchemaNode schema, int depth = 0)
    {
        if (node is JsonArray array && schema.Items is { } items)
        {
            foreach (JsonNode? item in array) RemoveUnknown(item, items, JsonDepth.Below(depth));
        }

        if (node is not JsonObject map || schema.PreservesUnknownFields) return;
        List<string>? unknown = null;
        foreach ((string name, JsonNode? value) in map)
        {
            if (Known(schema, name) is { } known) RemoveUnknown(value, known, JsonDepth.Below(depth));
            else if (schema.Properties is not null) (unknown ??= []).Add(name);
        }

        if (unknown is not null) map.RemoveAll(unknown);
    }

    private static SchemaNode? Known(SchemaNode schema, string name) =>
        schema.Properties?.GetValueOrDefault(name) ?? schema.AdditionalProperties;
}
