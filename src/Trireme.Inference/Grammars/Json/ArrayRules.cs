using System.Text;
using System.Text.Json.Nodes;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Arrays of a schema: declared items first, then as many further ones as the limits ask for.</summary>
/// <param name="json">The rules of JSON.</param>
/// <param name="ruleFor">The rule of a schema at a place.</param>
/// <param name="values">Finds the values that a schema allows.</param>
internal sealed class ArrayRules(JsonRules json, Func<JsonNode?, string, int> ruleFor, FewValues values)
{
    /// <summary>A longer list would need a state per item; its least length is what cannot be left out.</summary>
    private const int CountMax = 10_000;

    /// <summary>Sets of values that a list has used up. With many values the lists become shorter instead.</summary>
    private const int UsedSetsMax = 4_096;

    private const int DistinctValuesMax = 64;

    private readonly GrammarBuilder _builder = json.Builder;

    public void Add(int from, int to, JsonObject schema, string path)
    {
        JsonArray prefix = SchemaValues.List(schema, "prefixItems", path);
        int minimum = SchemaValues.Least(schema, "minItems", CountMax, path);
        int? maximum = SchemaValues.Count(schema, "maxItems", path);
        if (maximum > CountMax) maximum = CountMax;
        if (maximum < minimum) return;
        if (SchemaValues.Boolean(schema, "uniqueItems", path) == true && maximum is null or > 1)
        {
            AddDistinct(from, to, schema, minimum, maximum, path);
            return;
        }

        int item = ItemRule(schema, path);

        int start = _builder.AddNode();
        json.Open(from, '[', ']', start, closed: minimum == 0 ? to : null);
        int node = start;
        // Each place up to the last limit has a node of its own; after it, if there is no maximum, items repeat.
        int places = maximum ?? Math.Max(minimum, Math.Max(prefix.Count, 1));
        for (int i = 0; i < places; i++)
        {
            if (i >= minimum && i > 0) json.Close(node, ']', to);
            int rule = i < prefix.Count ? ruleFor(prefix[i], $"{path}/prefixItems/{i}") : item;
            node = Next(node, isFirst: i == 0, rule);
        }

        if (places > 0) json.Close(node, ']', to);
        if (maximum is null)
        {
            int more = _builder.AddNode();
            json.Separator(node, ',', more);
            _builder.Call(more, item, node);
        }
    }

    /// <summary>A list whose items differ: a node for each set of values that it has used up.</summary>
    private void AddDistinct(int from, int to, JsonObject schema, int minimum, int? maximum, string path)
    {
        bool isPlain = !schema.ContainsKey("prefixItems") && schema.ContainsKey("items");
        if (!isPlain || values.Of(schema["items"], $"{path}/items", DistinctValuesMax) is not { } texts)
        {
            throw new GrammarException(
                $"The keyword 'uniqueItems' at {path} is supported for items of an enum of at most {DistinctValuesMax} values only. "
                + "Leave it out, or limit the list with maxItems: 1.");
        }

        int count = LongestList(texts.Count, Math.Min(maximum ?? texts.Count, texts.Count));
        if (minimum > count)
        {
            if (minimum > texts.Count) return;
            throw new GrammarException($"minItems at {path} asks for more different items than can be kept apart; lower it to {count}.");
        }

        int[] rules = [.. texts.Select(Literal)];
        int start = _builder.AddNode();
        json.Open(from, '[', ']', start, closed: minimum == 0 ? to : null);
        var nodes = new Dictionary<ulong, int> { [0] = start };
        var open = new Queue<ulong>(nodes.Keys);
        while (open.TryDequeue(out ulong used))
        {
            int length = System.Numerics.BitOperations.PopCount(used);
            if (length > 0 && length >= minimum) json.Close(nodes[used], ']', to);
            if (length == count) continue;
            int next = nodes[used];
            if (length > 0)
            {
                next = _builder.AddNode();
                json.Separator(nodes[used], ',', next);
            }

            for (int i = 0; i < rules.Length; i++)
            {
                ulong more = used | 1UL << i;
                if (more == used) continue;
                if (!nodes.TryGetValue(more, out int node))
                {
                    node = _builder.AddNode();
                    nodes.Add(more, node);
                    open.Enqueue(more);
                }

                _builder.Call(next, rules[i], node);
            }
        }
    }

    /// <summary>The longest list, up to a maximum, of which the sets of used values stay few.</summary>
    private static int LongestList(int values, int maximum)
    {
        long sets = 1, ofLength = 1;
        for (int length = 1; length <= maximum; length++)
        {
            ofLength = ofLength * (values - length + 1) / length;
            sets += ofLength;
            if (sets > UsedSetsMax) return length - 1;
        }

        return maximum;
    }

    private int Literal(string text)
    {
        int rule = _builder.AddRule();
        _builder.Literal(_builder.Ends(rule).Entry, Encoding.UTF8.GetBytes(text), _builder.Ends(rule).Exit);
        return rule;
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
