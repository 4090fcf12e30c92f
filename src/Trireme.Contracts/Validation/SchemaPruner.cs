using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Validation;

/// <summary>Removes from an object what its schema gives no meaning, and spells the rest in one way.</summary>
public static class SchemaPruner
{
    /// <summary>
    /// Writes what has several spellings in one. Explicit nulls of known fields are removed: they say "not set", and an object says so by
    /// absence; without them, the fields take their defaults. An integer written as 2.0 or 2e0 is 2, and one of -0 is 0.
    /// </summary>
    public static void Normalize(JsonNode? node, SchemaNode schema, int depth = 0)
    {
        if (node is JsonArray array && schema.Items is { } items)
        {
            for (int i = 0; i < array.Count; i++)
            {
                if (Respelled(array[i], items) is { } integer) array[i] = integer;
                else Normalize(array[i], items, JsonDepth.Below(depth));
            }
        }

        if (node is not JsonObject map) return;
        List<string>? unset = null;
        List<(string Name, JsonValue Value)>? respelled = null;
        foreach ((string name, JsonNode? value) in map)
        {
            if (Known(schema, name) is not { } known) continue;
            if (Respelled(value, known) is { } integer) (respelled ??= []).Add((name, integer));
            else if (value is not null) Normalize(value, known, JsonDepth.Below(depth));
            else if (schema.Properties is not null) (unset ??= []).Add(name);
        }

        if (unset is not null) map.RemoveAll(unset);
        foreach ((string name, JsonValue integer) in respelled ?? []) map[name] = integer;
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

    /// <summary>An integer in its one spelling; null for one that has it, and for anything else.</summary>
    private static JsonValue? Respelled(JsonNode? node, SchemaNode schema)
    {
        bool isInteger = (schema.IntOrString || schema.Type == "integer")
            && node is JsonValue value
            && value.GetValueKind() == JsonValueKind.Number;
        if (!isInteger || node!.ToJsonString() is not { } text) return null;
        if (text != "-0" && text.AsSpan().IndexOfAny('.', 'e', 'E') < 0) return null;
        return JsonIntegers.TryParse(Encoding.ASCII.GetBytes(text), out Int128 number) && number >= long.MinValue && number <= long.MaxValue
            ? JsonValue.Create((long)number)
            : null;
    }

    private static SchemaNode? Known(SchemaNode schema, string name) =>
        schema.Properties?.GetValueOrDefault(name) ?? schema.AdditionalProperties;
}
