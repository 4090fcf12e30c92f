using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Reads keyword values and says which one is wrong.</summary>
internal static class SchemaValues
{
    private static readonly string[] TypeNames = ["object", "array", "string", "number", "integer", "boolean", "null"];

    public static GrammarException Wrong(string path, string keyword, string wanted) => new($"{keyword} at {path} must be {wanted}.");

    /// <summary>The declared types, or null when the schema declares none.</summary>
    public static List<string>? Types(JsonObject schema, string path)
    {
        if (!schema.TryGetPropertyValue("type", out JsonNode? node)) return null;
        var types = new List<string>();
        if (node is JsonArray { Count: 0 }) throw Wrong(path, "type", $"one or more of: {string.Join(", ", TypeNames)}");
        foreach (JsonNode? entry in node is JsonArray list ? [.. list] : new[] { node })
        {
            if (TextOf(entry) is not { } name || System.Array.IndexOf(TypeNames, name) < 0)
            {
                throw Wrong(path, "type", $"one or more of: {string.Join(", ", TypeNames)}");
            }

            if (!types.Contains(name)) types.Add(name);
        }

        return types;
    }

    public static string? String(JsonObject schema, string keyword, string path)
    {
        if (!schema.TryGetPropertyValue(keyword, out JsonNode? node)) return null;
        return TextOf(node) ?? throw Wrong(path, keyword, "a string");
    }

    public static bool? Boolean(JsonObject schema, string keyword, string path)
    {
        if (!schema.TryGetPropertyValue(keyword, out JsonNode? node)) return null;
        return node?.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(path, keyword, "true or false"),
        };
    }

    /// <summary>A number of items, characters or properties; one beyond any text counts as the most an int holds.</summary>
    public static int? Count(JsonObject schema, string keyword, string path)
    {
        if (!schema.TryGetPropertyValue(keyword, out JsonNode? node)) return null;
        // Some generators write 5.0, others the largest number they have.
        bool isCount = node?.GetValueKind() == JsonValueKind.Number
            && ValueKey.IsWhole(SchemaDocument.Text(node))
            && !ValueKey.Exact(node).StartsWith('-');
        if (!isCount) throw Wrong(path, keyword, "a whole number from 0");
        return (int)Math.Min(Decimal(node) ?? int.MaxValue, int.MaxValue);
    }

    /// <summary>A least number of what is written one by one.</summary>
    /// <exception cref="GrammarException">It is above what can be kept.</exception>
    public static int Least(JsonObject schema, string keyword, int most, string path)
    {
        int least = Count(schema, keyword, path) ?? 0;
        return least <= most ? least : throw Wrong(path, keyword, $"at most {most}, but is {SchemaDocument.Text(schema[keyword])}");
    }

    /// <summary>The tighter of an inclusive and an exclusive limit; null when there is none that could matter.</summary>
    public static NumberBound? Bound(JsonObject schema, string inclusive, string exclusive, bool isLow, string path)
    {
        NumberBound? bound = null;
        foreach (string keyword in new[] { inclusive, exclusive })
        {
            if (!schema.TryGetPropertyValue(keyword, out JsonNode? node)) continue;
            if (keyword == exclusive && node?.GetValueKind() is JsonValueKind.True or JsonValueKind.False)
            {
                throw Wrong(path, keyword, $"a number; the older boolean form is not supported, so write {keyword} instead of {inclusive}");
            }

            if (node?.GetValueKind() != JsonValueKind.Number) throw Wrong(path, keyword, "a number");
            if (Decimal(node) is not { } value || Math.Abs(value) > 1e18m)
            {
                bool mayMatter = SchemaDocument.Text(node).StartsWith('-') != isLow;
                if (mayMatter) throw Wrong(path, keyword, $"between -1e18 and 1e18, but is {SchemaDocument.Text(node)}");
                continue;
            }

            // A bound that had to be rounded is another bound.
            if (!IsExact(value, node)) throw Wrong(path, keyword, $"a number of at most 28 digits, but is {SchemaDocument.Text(node)}");
            var next = new NumberBound(value, keyword == exclusive);
            bool isTighter = bound is null || (isLow ? value > bound.Value : value < bound.Value);
            if (isTighter || (value == bound!.Value && next.Exclusive)) bound = next;
        }

        return bound;
    }

    /// <summary>What a number must be a multiple of.</summary>
    public static decimal? Step(JsonObject schema, string path)
    {
        if (!schema.TryGetPropertyValue("multipleOf", out JsonNode? node)) return null;
        // A step that had to be rounded is another step.
        return Decimal(node) is > 0 and < 1e18m and { } step && IsExact(step, node)
            ? step
            : throw Wrong(path, "multipleOf", "a number from 1e-28 to below 1e18 with at most 28 digits after the point");
    }

    public static JsonObject Object(JsonObject schema, string keyword, string path) => schema[keyword] switch
    {
        JsonObject value => value,
        null when !schema.ContainsKey(keyword) => [],
        _ => throw Wrong(path, keyword, "an object"),
    };

    public static JsonArray List(JsonObject schema, string keyword, string path) => schema[keyword] switch
    {
        JsonArray value => value,
        null when !schema.ContainsKey(keyword) => [],
        _ => throw Wrong(path, keyword, "a list"),
    };

    public static List<string> Names(JsonObject schema, string keyword, string path)
    {
        var names = new List<string>();
        foreach (JsonNode? entry in List(schema, keyword, path))
        {
            names.Add(TextOf(entry) ?? throw Wrong(path, keyword, "a list of strings"));
        }

        return names;
    }

    /// <summary>The type of a value, "integer" for numbers without a fraction.</summary>
    public static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => ValueKey.IsWhole(SchemaDocument.Text(value)) ? "integer" : "number",
        _ => "null",
    };

    public static bool IsOfType(JsonNode? value, IReadOnlyList<string> types)
    {
        string type = TypeOf(value);
        return types.Contains(type) || (type == "integer" && types.Contains("number"));
    }

    /// <summary>The order of two numbers: exact where both have at most 28 digits, as doubles otherwise.</summary>
    public static int Compare(JsonNode left, JsonNode right) => Decimal(left) is { } first && Decimal(right) is { } second
        ? first.CompareTo(second)
        : Double(left).CompareTo(Double(right));

    private static double Double(JsonNode node) =>
        double.Parse(SchemaDocument.Text(node), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static string? TextOf(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    private static bool IsExact(decimal value, JsonNode? node) => ValueKey.Exact(JsonValue.Create(value)) == ValueKey.Exact(node);

    private static decimal? Decimal(JsonNode? node)
    {
        if (node?.GetValueKind() != JsonValueKind.Number) return null;
        string text = SchemaDocument.Text(node);
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value) ? value : null;
    }
}
