using System.Text.Json.Nodes;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>
/// Proves that no document this engine writes for one schema satisfies another, which is when oneOf and anyOf say the same. What is not
/// declared is not written unless additionalProperties or patternProperties say so. It errs on the side of "cannot tell".
/// </summary>
internal sealed class SchemaOverlap(SchemaFlattener flattener)
{
    private const int DepthMax = 6;

    private static readonly string[] AllTypes = ["object", "array", "string", "number", "boolean", "null"];

    /// <summary>No document written for the first schema satisfies the second.</summary>
    public bool Excludes(JsonNode? written, JsonNode? other, string path) => Excludes(written, other, path, DepthMax);

    /// <summary>Equal, or numbers that may be equal in another notation.</summary>
    public static bool AreAlike(JsonNode? left, JsonNode? right) =>
        JsonNode.DeepEquals(left, right)
        || (SchemaValues.TypeOf(left) is "integer" or "number" && SchemaValues.TypeOf(right) is "integer" or "number"
            && left is JsonValue a && right is JsonValue b && a.TryGetValue(out double x) && b.TryGetValue(out double y) && x == y);

    private bool Excludes(JsonNode? written, JsonNode? other, string path, int depth)
    {
        if (depth == 0) return false;
        JsonObject? first = flattener.Expand(written, path), second = flattener.Expand(other, path);
        if (first is null || second is null) return true;
        if (AlternativesOf(first) is { } ours)
        {
            // What stands beside the alternatives is written with each of them.
            var rest = (JsonObject)first.DeepClone();
            rest.Remove(first.ContainsKey("anyOf") ? "anyOf" : "oneOf");
            return ours.All(one => Excludes(rest.Count == 0 ? one : SchemaMerge.Conjunction(rest, one), other, path, depth - 1));
        }

        if (AlternativesOf(second) is { } theirs && theirs.All(one => Excludes(written, one, path, depth - 1))) return true;
        if (first["enum"] is JsonArray values)
        {
            List<string>? types = SchemaValues.Types(first, path);
            return values.Where(value => types is null || SchemaValues.IsOfType(value, types)).All(value => Rejects(second, value, path));
        }

        if (second["enum"] is JsonArray allowed) return allowed.All(value => Rejects(first, value, path));
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
        List<string> required = SchemaValues.Names(first, "required", path);
        if (SchemaValues.Names(second, "required", path).Exists(name => !MayWrite(first, ours, required, name))) return true;
        foreach (string name in required)
        {
            bool isKnown = theirs.TryGetPropertyValue(name, out JsonNode? other);
            if (!isKnown && !second.ContainsKey("patternProperties") && IsFalse(second["additionalProperties"])) return true;
            if (isKnown && Excludes(ours.ContainsKey(name) ? ours[name] : true, other, path, depth - 1)) return true;
        }

        return false;
    }

    private static bool MayWrite(JsonObject schema, JsonObject properties, List<string> required, string name)
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

    private static bool HaveDisjointPatterns(JsonObject first, JsonObject second, string path) =>
        StringRules.PatternOf(first, path) is { } left && StringRules.PatternOf(second, path) is { } right
        && Automaton.Of(left).Intersect(Automaton.Of(right)).IsEmpty;

    /// <summary>A value does not satisfy a flat schema, as far as its own keywords tell.</summary>
    private static bool Rejects(JsonObject schema, JsonNode? value, string path)
    {
        if (SchemaValues.Types(schema, path) is { } types && !SchemaValues.IsOfType(value, types)) return true;
        if (schema["enum"] is JsonArray values) return !values.Any(other => AreAlike(value, other));
        if (value?.GetValueKind() != System.Text.Json.JsonValueKind.String) return false;
        string text = value.GetValue<string>();
        int length = text.EnumerateRunes().Count();
        return length < SchemaValues.Count(schema, "minLength", path) || length > SchemaValues.Count(schema, "maxLength", path)
            || (StringRules.PatternOf(schema, path) is { } pattern && !Automaton.Of(pattern).Matches(text));
    }

    private static bool IsFalse(JsonNode? node) => node?.GetValueKind() == System.Text.Json.JsonValueKind.False;
}
