using System.Text.Json.Nodes;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Brings a schema into a form without allOf, nullable and const, and with a $ref only where it stands alone.</summary>
internal sealed class SchemaFlattener(SchemaDocument document, SchemaMerge merge, SchemaWork work)
{
    private const int DepthMax = 32;

    /// <summary>Schemas looked at for one document: allOf and anyOf can multiply one another.</summary>
    private const int WorkMax = 20_000;

    private int _work;

    /// <summary>Null for a schema that nothing satisfies.</summary>
    public JsonObject? Flatten(JsonNode? schema, string path) => Flatten(schema, path, DepthMax);

    /// <summary>As <see cref="Flatten(JsonNode?, string)"/>, with a reference replaced by what it refers to.</summary>
    public JsonObject? Expand(JsonNode? schema, string path) => Expand(schema, path, DepthMax);

    private JsonObject? Flatten(JsonNode? schema, string path, int depth)
    {
        if (++_work > WorkMax) throw new GrammarException("The schema is too complex: its allOf, anyOf and $ref multiply one another.");
        if (depth == 0)
        {
            throw new GrammarException(
                $"The schema at {path} refers to itself or goes deeper than {DepthMax} schemas within one another through allOf and $ref.");
        }

        if (schema is JsonValue value && value.TryGetValue(out bool always)) return always ? [] : null;
        if (schema is not JsonObject declared) throw new GrammarException($"The schema at {path} must be an object or a boolean.");

        SchemaKeywords.Check(declared, path);
        var own = new JsonObject();
        foreach ((string keyword, JsonNode? node) in declared)
        {
            bool isNote = SchemaKeywords.IsAnnotation(keyword) || (keyword == "format" && !IsKnownFormat(declared, path));
            if (!isNote && keyword is not ("allOf" or "nullable")) own[keyword] = work.Clone(node, keyword, path);
        }

        Normalize(own, SchemaValues.Boolean(declared, "nullable", path) ?? false, path);
        JsonArray all = SchemaValues.List(declared, "allOf", path);
        if (own.ContainsKey("$ref") && (own.Count > 1 || all.Count > 0))
        {
            var reference = new JsonObject { ["$ref"] = own["$ref"]!.DeepClone() };
            own.Remove("$ref");
            if (Expand(reference, path, depth - 1) is not { } target || merge.Both(target, own, path) is not { } merged) return null;
            own = merged;
        }

        for (int i = 0; i < all.Count; i++)
        {
            string place = $"{path}/allOf/{i}";
            if (Expand(all[i], place, depth - 1) is not { } part || merge.Both(own, part, place) is not { } merged) return null;
            own = merged;
        }

        return own;
    }

    /// <summary>A format that this engine does not know is a note to the reader, as the standard has it.</summary>
    private static bool IsKnownFormat(JsonObject schema, string path) =>
        SchemaValues.String(schema, "format", path) is { } format && FormatPatterns.IsKnown(format);

    private JsonObject? Expand(JsonNode? schema, string path, int depth)
    {
        JsonObject? flat = Flatten(schema, path, depth);
        if (flat is null || !flat.ContainsKey("$ref")) return flat;
        string reference = SchemaValues.String(flat, "$ref", path)!;
        return Expand(document.Resolve(reference, path), reference, depth - 1);
    }

    /// <summary>
    /// Writes const as an enumeration of one, older tuples as prefixItems, and OpenAPI's nullable as a type, which an enumeration without
    /// null excludes, as OpenAPI 3.0.3 has it.
    /// </summary>
    private static void Normalize(JsonObject schema, bool nullable, string path)
    {
        if (schema.TryGetPropertyValue("const", out JsonNode? only))
        {
            schema.Remove("const");
            bool isListed = true;
            if (schema.ContainsKey("enum"))
            {
                isListed = false;
                foreach (JsonNode? listed in SchemaValues.List(schema, "enum", path)) isListed |= JsonNode.DeepEquals(listed, only);
            }

            schema["enum"] = isListed ? new JsonArray(only?.DeepClone()) : [];
        }

        if (schema["items"] is JsonArray tuple)
        {
            schema.Remove("items");
            schema["prefixItems"] = tuple;
            if (schema.TryGetPropertyValue("additionalItems", out JsonNode? rest)) schema["items"] = rest?.DeepClone();
        }

        schema.Remove("additionalItems");
        if (!nullable) return;
        if (SchemaValues.Types(schema, path) is { } types)
        {
            if (!types.Contains("null")) types.Add("null");
            schema["type"] = new JsonArray([.. types.Select(type => (JsonNode)type)]);
            return;
        }

        // An enumeration names every value there is.
        if (schema.ContainsKey("enum")) return;
        JsonNode declared = schema.DeepClone();
        schema.Clear();
        schema["anyOf"] = new JsonArray(declared, new JsonObject { ["type"] = "null" });
    }
}
