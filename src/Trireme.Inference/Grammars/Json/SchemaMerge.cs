using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Makes two flat schemas one that says what both say.</summary>
/// <param name="work">Counts what is copied and compared.</param>
internal sealed class SchemaMerge(SchemaWork work)
{
    /// <summary>Null when nothing satisfies both.</summary>
    /// <exception cref="GrammarException">Both limit the same thing in ways that cannot be joined.</exception>
    public JsonObject? Both(JsonObject left, JsonObject right, string path)
    {
        var result = (JsonObject)work.Clone(left, "allOf", path)!;
        bool bothDescribeObjects = HasAny(left, "properties", "required", "additionalProperties")
            && HasAny(right, "properties", "required", "additionalProperties");
        if (bothDescribeObjects) MergeObjects(result, left, right, path);

        if (HasAny(left, "items", "prefixItems") && HasAny(right, "items", "prefixItems")) MergeItems(result, left, right, path);
        foreach ((string keyword, JsonNode? value) in right)
        {
            if (!left.TryGetPropertyValue(keyword, out JsonNode? own))
            {
                if (!result.ContainsKey(keyword)) result[keyword] = work.Clone(value, keyword, path);
                continue;
            }

            if (!MergeKeyword(result, keyword, own, value, left, right, path)) return null;
        }

        return result;
    }

    /// <summary>A schema that asks for both; they are merged when it is compiled.</summary>
    public JsonNode Conjunction(JsonNode? left, JsonNode? right, string keyword, string path)
    {
        JsonNode? one = work.Clone(left, keyword, path);
        return JsonNode.DeepEquals(left, right)
            ? one!
            : new JsonObject { ["allOf"] = new JsonArray(one, work.Clone(right, keyword, path)) };
    }

    private bool MergeKeyword(
        JsonObject result, string keyword, JsonNode? own, JsonNode? other, JsonObject left, JsonObject right, string path)
    {
        switch (keyword)
        {
            case "properties" or "required" or "additionalProperties" or "items" or "prefixItems":
                return true;
            case "type":
                List<string> types = CommonTypes(SchemaValues.Types(left, path)!, SchemaValues.Types(right, path)!);
                result["type"] = new JsonArray([.. types.Select(type => (JsonNode)type)]);
                return types.Count > 0;
            case "enum":
                HashSet<string> allowed = work.Keys(SchemaValues.List(right, "enum", path), ValueKey.Exact, keyword, path);
                JsonNode?[] both = [.. SchemaValues.List(left, "enum", path)
                    .Where(value => allowed.Contains(work.Key(value, ValueKey.Exact, keyword, path)))
                    .Select(value => work.Clone(value, keyword, path))];
                result["enum"] = new JsonArray(both);
                return both.Length > 0;
            case "minimum" or "exclusiveMinimum" or "minLength" or "minItems" or "minProperties":
                result[keyword] = Tighter(own, other, larger: true, keyword, path);
                return true;
            case "maximum" or "exclusiveMaximum" or "maxLength" or "maxItems" or "maxProperties":
                result[keyword] = Tighter(own, other, larger: false, keyword, path);
                return true;
            case "uniqueItems":
                result[keyword] = SchemaValues.Boolean(left, keyword, path) == true || SchemaValues.Boolean(right, keyword, path) == true;
                return true;
            case "multipleOf":
                result[keyword] = Multiples.Common(SchemaValues.Step(left, path)!.Value, SchemaValues.Step(right, path)!.Value)
                    ?? throw SchemaValues.Wrong(path, keyword, "a number with fewer digits");
                return true;
            case "patternProperties":
                MergePatterns(result, SchemaValues.Object(left, keyword, path), SchemaValues.Object(right, keyword, path), path);
                return true;
            case "propertyNames":
                result[keyword] = Conjunction(own, other, keyword, path);
                return true;
            case "anyOf" or "oneOf":
                // Each alternative of one with all of the other: those are taken apart when it is compiled.
                var rest = new JsonObject { [keyword] = work.Clone(other, keyword, path) };
                JsonNode?[] alternatives =
                    [.. SchemaValues.List(left, keyword, path).Select(entry => Conjunction(entry, rest, keyword, path))];
                result[keyword] = new JsonArray(alternatives);
                return true;
            default:
                if (JsonNode.DeepEquals(own, other)) return true;
                throw new GrammarException(
                    $"{keyword} at {path} cannot be joined with another {keyword} for the same value; write them as one.");
        }
    }

    private static List<string> CommonTypes(List<string> left, List<string> right)
    {
        var common = new List<string>();
        foreach (string type in left)
        {
            if (right.Contains(type) || (type == "integer" && right.Contains("number"))) common.Add(type);
        }

        if (left.Contains("number") && right.Contains("integer") && !common.Contains("integer")) common.Add("integer");
        return common;
    }

    /// <summary>The bound that takes less; both are looked at exactly, since doubles end at sixteen digits.</summary>
    private static JsonNode Tighter(JsonNode? left, JsonNode? right, bool larger, string keyword, string path)
    {
        if (left?.GetValueKind() != JsonValueKind.Number || right?.GetValueKind() != JsonValueKind.Number)
        {
            throw SchemaValues.Wrong(path, keyword, "a number");
        }

        int order = SchemaValues.Compare(left, right);
        return (larger ? order >= 0 : order <= 0) ? left.DeepClone() : right.DeepClone();
    }

    private void MergeObjects(JsonObject result, JsonObject left, JsonObject right, string path)
    {
        JsonObject ours = SchemaValues.Object(left, "properties", path), theirs = SchemaValues.Object(right, "properties", path);
        var properties = new JsonObject();
        foreach ((string name, JsonNode? schema) in ours)
        {
            properties[name] = theirs.TryGetPropertyValue(name, out JsonNode? other)
                ? Conjunction(schema, other, "properties", path)
                : WithRest(schema, right, path);
        }

        foreach ((string name, JsonNode? schema) in theirs)
        {
            if (!ours.ContainsKey(name)) properties[name] = WithRest(schema, left, path);
        }

        result["properties"] = properties;
        IEnumerable<string> required = SchemaValues.Names(left, "required", path).Union(SchemaValues.Names(right, "required", path));
        result["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]);
        if (!right.TryGetPropertyValue("additionalProperties", out JsonNode? rest)) return;
        result["additionalProperties"] = left.TryGetPropertyValue("additionalProperties", out JsonNode? own)
            ? Conjunction(own, rest, "additionalProperties", path)
            : work.Clone(rest, "additionalProperties", path);
    }

    /// <summary>A property that the other schema does not name is one of its additional ones.</summary>
    private JsonNode? WithRest(JsonNode? schema, JsonObject other, string path) =>
        other.TryGetPropertyValue("additionalProperties", out JsonNode? rest)
            ? Conjunction(schema, rest, "additionalProperties", path)
            : work.Clone(schema, "properties", path);

    private void MergePatterns(JsonObject result, JsonObject ours, JsonObject theirs, string path)
    {
        const string Keyword = "patternProperties";
        var patterns = (JsonObject)work.Clone(ours, Keyword, path)!;
        foreach ((string pattern, JsonNode? schema) in theirs)
        {
            patterns[pattern] = ours.TryGetPropertyValue(pattern, out JsonNode? own)
                ? Conjunction(own, schema, Keyword, path)
                : work.Clone(schema, Keyword, path);
        }

        result[Keyword] = patterns;
    }

    private void MergeItems(JsonObject result, JsonObject left, JsonObject right, string path)
    {
        JsonArray ours = SchemaValues.List(left, "prefixItems", path), theirs = SchemaValues.List(right, "prefixItems", path);
        var prefix = new JsonArray();
        for (int i = 0; i < Math.Max(ours.Count, theirs.Count); i++)
        {
            prefix.Add(Conjunction(At(left, ours, i), At(right, theirs, i), "prefixItems", path));
        }

        if (prefix.Count > 0) result["prefixItems"] = prefix;
        JsonNode? rest = left.ContainsKey("items") ? left["items"] : true, other = right.ContainsKey("items") ? right["items"] : true;
        result["items"] = Conjunction(rest, other, "items", path);

        static JsonNode? At(JsonObject schema, JsonArray prefix, int i) =>
            i < prefix.Count ? prefix[i] : schema.ContainsKey("items") ? schema["items"] : true;
    }

    private static bool HasAny(JsonObject schema, params ReadOnlySpan<string> keywords)
    {
        foreach (string keyword in keywords)
        {
            if (schema.ContainsKey(keyword)) return true;
        }

        return false;
    }
}
