using System.Text.Json.Nodes;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Integers and numbers of a schema.</summary>
internal static class NumberRules
{
    public static void Add(JsonRules json, int from, int to, JsonObject schema, string type, string path)
    {
        if (schema.ContainsKey("multipleOf") && !(type == "integer" && SchemaDocument.Text(schema["multipleOf"]) is "1" or "1.0"))
        {
            throw new GrammarException($"The keyword 'multipleOf' at {path} is not supported. Leave it out or list the values in enum.");
        }

        NumberBound? low = SchemaValues.Bound(schema, "minimum", "exclusiveMinimum", isLow: true, path);
        NumberBound? high = SchemaValues.Bound(schema, "maximum", "exclusiveMaximum", isLow: false, path);
        if (type == "number" && low is null && high is null)
        {
            json.Builder.Call(from, json.Number, to);
            return;
        }

        Pattern? pattern = type == "integer"
            ? NumberPatterns.Integers(Smallest(low), Largest(high))
            : NumberPatterns.Numbers(low, high);
        if (pattern is null) return;
        json.Builder.Call(from, json.AddPattern(pattern), to);
    }

    private static long? Smallest(NumberBound? low)
    {
        if (low is null) return null;
        decimal least = decimal.Ceiling(low.Value);
        return (long)(low.Exclusive && least == low.Value ? least + 1 : least);
    }

    private static long? Largest(NumberBound? high)
    {
        if (high is null) return null;
        decimal most = decimal.Floor(high.Value);
        return (long)(high.Exclusive && most == high.Value ? most - 1 : most);
    }
}
