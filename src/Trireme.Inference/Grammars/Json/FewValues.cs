using System.Text.Json.Nodes;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Finds the values of a schema that allows few.</summary>
internal sealed class FewValues(SchemaFlattener flattener, SchemaWork work)
{
    private const int DepthMax = 8;

    /// <summary>The values as JSON, each once; null where they are more than so many.</summary>
    public IReadOnlyList<string>? Of(JsonNode? schema, string path, int most)
    {
        var values = new Distinct(work, path, most);
        return Add(schema, path, values, DepthMax) ? values.Texts : null;
    }

    private bool Add(JsonNode? schema, string path, Distinct values, int depth)
    {
        if (flattener.Expand(schema, path) is not { } flat) return true;
        if (depth == 0) return false;
        List<string>? types = SchemaValues.Types(flat, path);
        if (flat["enum"] is JsonArray listed)
        {
            foreach (JsonNode? value in listed)
            {
                if ((types is null || SchemaValues.IsOfType(value, types)) && !values.Take(value)) return false;
            }

            return flat.All(static keyword => keyword.Key is "enum" or "type");
        }

        if (flat["anyOf"] is JsonArray alternatives && flat.Count == 1)
        {
            return alternatives.All(alternative => Add(alternative, path, values, depth - 1));
        }

        return types is { Count: > 0 } && types.TrueForAll(type => AddType(type, flat, path, values));
    }

    private static bool AddType(string type, JsonObject schema, string path, Distinct values)
    {
        switch (type)
        {
            case "null":
                return values.Take(null);
            case "boolean":
                return values.Take(true) && values.Take(false);
            case "integer":
                NumberBound? low = SchemaValues.Bound(schema, "minimum", "exclusiveMinimum", isLow: true, path);
                NumberBound? high = SchemaValues.Bound(schema, "maximum", "exclusiveMaximum", isLow: false, path);
                var step = (decimal)Multiples.WholeStep(SchemaValues.Step(schema, path) ?? 1);
                if (Multiples.List(step, low, high) is not { } texts) return false;
                return texts.TrueForAll(text => values.Take(JsonNode.Parse(text)));
            default:
                return false;
        }
    }

    /// <summary>Values, each once, up to a number of them.</summary>
    private sealed class Distinct(SchemaWork work, string path, int most)
    {
        private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
        private readonly List<string> _texts = [];

        public IReadOnlyList<string> Texts => _texts;

        /// <summary>False for one value too many.</summary>
        public bool Take(JsonNode? value)
        {
            if (!_keys.Add(work.Key(value, ValueKey.Alike, "enum", path))) return true;
            if (_texts.Count == most) return false;
            _texts.Add(SchemaDocument.Text(value));
            return true;
        }
    }
}
