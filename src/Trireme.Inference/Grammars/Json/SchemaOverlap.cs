using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>
/// Proves that no document this engine writes for one schema satisfies another, which is when oneOf and anyOf say the same. What is not
/// declared is not written unless additionalProperties or patternProperties say so. It errs on the side of "cannot tell".
/// </summary>
internal sealed class SchemaOverlap(SchemaFlattener flattener, SchemaMerge merge, SchemaWork work)
{
    private const int DepthMax = 6;

    private static readonly string[] AllTypes = ["object", "array", "string", "number", "boolean", "null"];

    /// <summary>No document written for the first schema satisfies the second.</summary>
    public bool Excludes(JsonNode? written, JsonNode? other, string path) => Excludes(written, other, path, DepthMax);

    private bool Excludes(JsonNode? written, JsonNode? other, string path, int depth)
    {
        if (depth == 0) return false;
        JsonObject? first = flattener.Expand(written, path), second = flattener.Expand(other, path);
        if (first is null || second is null) return true;
        if (AlternativesOf(first) is { } ours)
        {
            // What stands beside the alternatives is written with each of them.
            string keyword = first.ContainsKey("anyOf") ? "anyOf" : "oneOf";
            var rest = (JsonObject)work.Clone(first, keyword, path)!;
            rest.Remove(keyword);
            return ours.All(one =>
                Excludes(rest.Count == 0 ? one : merge.Conjunction(rest, one, keyword, path), other, path, depth - 1));
        }

        if (AlternativesOf(second) is { } theirs && theirs.All(one => Excludes(written, one, path, depth - 1))) return true;
        if (first["enum"] is JsonArray values)
        {
            List<string>? types = SchemaValues.Types(first, path);
            return values.Where(value => types is null || SchemaValues.IsOfType(value, types)).All(RejectedBy(second, path));
        }

        if (second["enum"] is JsonArray allowed) return allowed.All(RejectedBy(first, path));
        return TypesOf(first, path).TrueForAll(type => !SharesType(type, second, path) || ExcludesType(type, first, second, path, depth));
    }

    private static JsonArray? AlternativesOf(JsonObject schema) =>
        (schema["anyOf"] ?? schema["oneOf"]) is JsonArray { Count: > 0 } alternatives ? alternatives : null;

    private static List<string> TypesOf(JsonObject schema, string path)
    {
        List<string> implied = SchemaKeywords.ImpliedTypes(schema);
        return SchemaValues.Types(schema, path) ?? (implied.Count > 0 ? implied : [.. AllTypes]);
    }

    /// <summary>A schema that names no type takes all of them, whichever its keywords speak about.</summary>
    private static bool SharesType(string type, JsonObject schema, string path)
    {
        List<string> types = SchemaValues.Types(schema, path) ?? [.. AllTypes];
        return types.Contains(type) || (type == "integer" && types.Contains("number")) || (type == "number" && types.Contains("integer"));
    }

    /// <summary>The second schema takes no value of this type that is written for the first.</summary>
    private bool ExcludesType(string type, JsonObject first, JsonObject second, string path, int depth)
    {
        switch (type)
        {
            case "object":
                return ExcludesObject(first, second, path, depth);
            case "array":
                return AreApart(first, second, "minItems", "maxItems", path);
            case "string":
                return AreApart(first, second, "minLength", "maxLength", path) || HaveDisjointPatterns(first, second, path);
            case "integer" or "number":
                return Below(first, second, path) || Below(second, first, path);
            default:
                return false;
        }
    }

    private bool ExcludesObject(JsonObject first, JsonObject second, string path, int depth)
    {
        if (AreApart(first, second, "minProperties", "maxProperties", path)) return true;
        JsonObject ours = SchemaValues.Object(first, "properties", path), theirs = SchemaValues.Object(second, "properties", path);
        HashSet<string> required = [.. SchemaValues.Names(first, "required", path)];
        if (SchemaValues.Names(second, "required", path).Exists(name => !MayWrite(first, ours, required, name))) return true;
        foreach (string name in required)
        {
            bool isKnown = theirs.TryGetPropertyValue(name, out JsonNode? other);
            if (!isKnown && !second.ContainsKey("patternProperties") && IsFalse(second["additionalProperties"])) return true;
            if (isKnown && Excludes(ours.ContainsKey(name) ? ours[name] : true, other, path, depth - 1)) return true;
        }

        return false;
    }

    private static bool MayWrite(JsonObject schema, JsonObject properties, HashSet<string> required, string name)
    {
        if (properties.TryGetPropertyValue(name, out JsonNode? declared)) return !IsFalse(declared);
        if (required.Contains(name) || schema.ContainsKey("patternProperties")) return true;
        bool declaresNothing = properties.Count == 0 && required.Count == 0;
        return schema.TryGetPropertyValue("additionalProperties", out JsonNode? rest) ? !IsFalse(rest) : declaresNothing;
    }

    /// <summary>The most that one allows is less than the least that the other does.</summary>
    private static bool AreApart(JsonObject first, JsonObject second, string least, string most, string path) =>
        SchemaValues.Count(first, most, path) < SchemaValues.Count(second, least, path)
        || SchemaValues.Count(second, most, path) < SchemaValues.Count(first, least, path);

    private static bool Below(JsonObject first, JsonObject second, string path)
    {
        NumberBound? high = SchemaValues.Bound(first, "maximum", "exclusiveMaximum", isLow: false, path);
        NumberBound? low = SchemaValues.Bound(second, "minimum", "exclusiveMinimum", isLow: true, path);
        if (high is null || low is null) return false;
        return high.Value < low.Value || (high.Value == low.Value && (high.Exclusive || low.Exclusive));
    }

    private bool HaveDisjointPatterns(JsonObject first, JsonObject second, string path)
    {
        if (PatternOf(first, path) is not { } left || PatternOf(second, path) is not { } right) return false;
        Automaton both = left.Intersect(right);
        work.Explore(both.Cost - left.Cost - right.Cost, "pattern", path);
        return both.IsEmpty;
    }

    private Automaton? PatternOf(JsonObject schema, string path)
    {
        if (StringRules.PatternOf(schema, path) is not { } pattern) return null;
        var automaton = Automaton.Of(pattern);
        work.Explore(automaton.Cost, "pattern", path);
        return automaton;
    }

    /// <summary>Tells whether a value does not satisfy a flat schema, as far as its own keywords tell.</summary>
    private Func<JsonNode?, bool> RejectedBy(JsonObject schema, string path)
    {
        List<string>? types = SchemaValues.Types(schema, path);
        if (schema["enum"] is JsonArray values)
        {
            HashSet<string> known = work.Keys(values, ValueKey.Alike, "enum", path);
            return value => IsOfOtherType(value) || !known.Contains(work.Key(value, ValueKey.Alike, "enum", path));
        }

        int? minimum = SchemaValues.Count(schema, "minLength", path), maximum = SchemaValues.Count(schema, "maxLength", path);
        var pattern = new Lazy<Automaton?>(() => PatternOf(schema, path));
        return value => IsOfOtherType(value) || (value?.GetValueKind() == JsonValueKind.String && IsOtherText(value.GetValue<string>()));

        bool IsOfOtherType(JsonNode? value) => types is not null && !SchemaValues.IsOfType(value, types);

        bool IsOtherText(string text)
        {
            int length = text.EnumerateRunes().Count();
            return length < minimum || length > maximum || pattern.Value?.Matches(text) == false;
        }
    }

    private static bool IsFalse(JsonNode? node) => node?.GetValueKind() == JsonValueKind.False;
}
