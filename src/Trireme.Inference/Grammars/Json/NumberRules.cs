using System.Numerics;
using System.Text.Json.Nodes;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Integers and numbers of a schema.</summary>
internal static class NumberRules
{
    public static void Add(
        JsonRules json, SchemaWork work, int from, int to, JsonObject schema, string type, string path)
    {
        NumberBound? low = SchemaValues.Bound(schema, "minimum", "exclusiveMinimum", isLow: true, path);
        NumberBound? high = SchemaValues.Bound(schema, "maximum", "exclusiveMaximum", isLow: false, path);
        if (SchemaValues.Step(schema, path) is { } step)
        {
            AddMultiples(json, work, from, to, type, step, low, high, path);
            return;
        }

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

    private static void AddMultiples(
        JsonRules json, SchemaWork work, int from, int to, string type, decimal step, NumberBound? low, NumberBound? high, string path)
    {
        // Multiples of a whole number are whole, and the whole multiples of any number are those of a whole one.
        BigInteger whole = Multiples.WholeStep(step);
        bool isWhole = type == "integer" || whole == (BigInteger)step;
        if (Multiples.List(type == "integer" ? (decimal)whole : step, low, high) is { } texts)
        {
            LiteralTree.Add(json.Builder, texts, from, to);
            return;
        }

        Pattern? bounded = isWhole ? NumberPatterns.Integers(Smallest(low), Largest(high)) : NumberPatterns.Numbers(low, high);
        if (bounded is null) return;
        Pattern multiples = isWhole ? Multiples.Whole(whole, path) : Multiples.Decimal(step, path);
        Pattern both = whole.IsOne && isWhole ? bounded : Pattern.Both(bounded, multiples);
        work.Explore(both.Cost, "multipleOf", path);
        json.Builder.Call(from, json.AddPattern(both), to);
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
