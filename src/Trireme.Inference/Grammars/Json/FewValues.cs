using System.Text.Json.Nodes;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Finds the values of a schema that allows few.</summary>
internal sealed class FewValues(SchemaFlattener flattener)
{
    private const int DepthMax = 8;

    /// <summary>The values as JSON, each once; null where they are not few.</summary>
    public IReadOnlyList<string>? Of(JsonNode? schema, string path)
    {
        var values = new List<JsonNode?>();
        if (!Add(schema, path, values, DepthMax)) return null;
        var distinct = new List<JsonNode?>();
        foreach (JsonNode? value in values)
        {
            if (!distinct.Exists(known => SchemaOverlap.AreAlike(known, value))) distinct.Add(value);
        }

        return [.. distinct.Select(SchemaDocument.Text)];
    }

    private bool Add(JsonNode? schema, string path, List<JsonNode?> values, int depth)
    {
        if (flattener.Expand(schema, path) is not { } flat) return true;
        if (depth == 0) return false;
        List<string>? types = SchemaValues.Types(flat, path);
        if (flat["enum"] is JsonArray listed)
        {
            foreach (JsonNode? value in listed)
            {
                if (types is null || SchemaValues.IsOfType(value, types)) values.Add(value);
            }

            return flat.All(static keyword => keyword.Key is "enum" or "type");
        }

        if (flat["anyOf"] is JsonArray alternatives && flat.Count == 1)
        {
            return alternatives.All(alternative => Add(alternative, path, values, depth - 1));
        }

        return types is { Count: > 0 } && types.TrueForAll(type => AddType(type, flat, path, values));
    }

    private static bool AddType(string type, JsonObject schema, string path, List<JsonNode?> values)
    {
        switch (type)
        {
            case "null":
                values.Add(null);
                return true;
            case "boolean":
                values.Add(true);
                values.Add(false);
                return true;
            case "integer":
                NumberBound? low = SchemaValues.Bound(schema, "minimum", "exclusiveMinimum", isLow: true, path);
                NumberBound? high = SchemaValues.Bound(schema, "maximum", "exclusiveMaximum", isLow: false, path);
                var step = (decimal)Multiples.WholeStep(SchemaValues.Step(schema, path) ?? 1);
                if (Multiples.List(step, low, high) is not { } texts) return false;
                foreach (byte[] text in texts) values.Add(JsonNode.Parse(text));
                return true;
            default:
                return false;
        }
    }
}
