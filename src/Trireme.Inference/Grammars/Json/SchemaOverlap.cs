using System.Text.Json.Nodes;

namespace Trireme.Inference.Grammars.Json;

/// <summary>
/// Proves that no value satisfies two schemas at once, which is when oneOf and anyOf say the same. It errs on the side of "cannot tell".
/// </summary>
internal sealed class SchemaOverlap(SchemaFlattener flattener)
{
    private const int DepthMax = 6;

    private static readonly string[] AllTypes = ["object", "array", "string", "number", "boolean", "null"];

    public bool AreDisjoint(JsonNode? left, JsonNode? right, string path) => AreDisjoint(left, right, path, DepthMax);

    private bool AreDisjoint(JsonNode? left, JsonNode? right, string path, int depth)
    {
        if (depth == 0) return false;
        JsonObject? first = flattener.Expand(left, path), second = flattener.Expand(right, path);
        if (first is null || second is null) return true;
        if (HaveDisjointAlternatives(first, right, path, depth) || HaveDisjointAlternatives(second, left, path, depth)) return true;

        List<string> ours = TypesOf(first, path), theirs = TypesOf(second, path);
        if (first["enum"] is JsonArray ourValues && second["enum"] is JsonArray theirValues)
        {
            return !ourValues.Any(value => theirValues.Any(other => AreAlike(value, other)));
        }

        bool mayShareType = false, mayShareOther = false;
        foreach (string type in ours)
        {
            bool shared = theirs.Contains(type) || (type == "integer" && theirs.Contains("number"))
                || (type == "number" && theirs.Contains("integer"));
            mayShareType |= shared;
            mayShareOther |= shared && type != "object";
        }

        return !mayShareType || (!mayShareOther && HaveDisjointProperty(first, second, path, depth));
    }

    private bool HaveDisjointAlternatives(JsonObject schema, JsonNode? other, string path, int depth)
    {
        foreach (string keyword in new[] { "anyOf", "oneOf" })
        {
            if (schema[keyword] is JsonArray { Count: > 0 } alternatives
                && alternatives.All(alternative => AreDisjoint(alternative, other, path, depth - 1)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Both need a property that cannot have the same value in both, such as a kind.</summary>
    private bool HaveDisjointProperty(JsonObject first, JsonObject second, string path, int depth)
    {
        List<string> theirs = SchemaValues.Names(second, "required", path);
        JsonObject ourProperties = SchemaValues.Object(first, "properties", path);
        JsonObject theirProperties = SchemaValues.Object(second, "properties", path);
        foreach (string name in SchemaValues.Names(first, "required", path))
        {
            if (theirs.Contains(name) && ourProperties.ContainsKey(name) && theirProperties.ContainsKey(name)
                && AreDisjoint(ourProperties[name], theirProperties[name], path, depth - 1))
            {
                return true;
            }
        }

        return false;
    }

    private static List<string> TypesOf(JsonObject schema, string path)
    {
        if (schema["enum"] is JsonArray values) return [.. values.Select(SchemaValues.TypeOf).Distinct()];
        return SchemaValues.Types(schema, path) ?? [.. AllTypes];
    }

    /// <summary>Equal, or numbers that may be equal in another notation.</summary>
    private static bool AreAlike(JsonNode? left, JsonNode? right) =>
        JsonNode.DeepEquals(left, right)
        || (SchemaValues.TypeOf(left) is "integer" or "number" && SchemaValues.TypeOf(right) is "integer" or "number"
            && left is JsonValue a && right is JsonValue b && a.TryGetValue(out double x) && b.TryGetValue(out double y) && x == y);
}
