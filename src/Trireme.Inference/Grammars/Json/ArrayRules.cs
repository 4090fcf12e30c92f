using System.Text.Json.Nodes;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Arrays of a schema: declared items first, then as many further ones as the limits ask for.</summary>
internal sealed class ArrayRules(JsonRules json, Func<JsonNode?, string, int> ruleFor)
{
    /// <summary>A longer list would need a state per item; its least length is what cannot be left out.</summary>
    private const int CountMax = 10_000;

    private readonly GrammarBuilder _builder = json.Builder;

    public void Add(int from, int to, JsonObject schema, string path)
    {
        if (SchemaValues.Boolean(schema, "uniqueItems", path) == true)
        {
            throw new GrammarException(
                $"The keyword 'uniqueItems' at {path} is not supported. Leave it out, or limit the list with maxItems: 1.");
        }

        JsonArray prefix = SchemaValues.List(schema, "prefixItems", path);
        int minimum = SchemaValues.Count(schema, "minItems", path) ?? 0;
        int? maximum = SchemaValues.Count(schema, "maxItems", path);
        if (minimum > CountMax) throw SchemaValues.Wrong(path, "minItems", $"at most {CountMax}");
        if (maximum > CountMax) maximum = CountMax;
        if (maximum < minimum) return;
        int item = ItemRule(schema, path);

        int start = _builder.AddNode();
        _builder.Bytes(from, (byte)'[', (byte)'[', start);
        int node = start;
        // Each place up to the last limit has a node of its own; after it, if there is no maximum, items repeat.
        int places = maximum ?? Math.Max(minimum, Math.Max(prefix.Count, 1));
        for (int i = 0; i < places; i++)
        {
            if (i >= minimum) _builder.Bytes(node, (byte)']', (byte)']', to);
            int rule = i < prefix.Count ? ruleFor(prefix[i], $"{path}/prefixItems/{i}") : item;
            node = Next(node, isFirst: i == 0, rule);
        }

        _builder.Bytes(node, (byte)']', (byte)']', to);
        if (maximum is null)
        {
            int more = _builder.AddNode();
            json.Separator(node, ',', more);
            _builder.Call(more, item, node);
        }
    }

    private int Next(int node, bool isFirst, int rule)
    {
        int after = _builder.AddNode();
        if (!isFirst)
        {
            int value = _builder.AddNode();
            json.Separator(node, ',', value);
            node = value;
        }

        _builder.Call(node, rule, after);
        return after;
    }

    private int ItemRule(JsonObject schema, string path) =>
        schema.TryGetPropertyValue("items", out JsonNode? items) ? ruleFor(items, $"{path}/items") : json.Value;
}
