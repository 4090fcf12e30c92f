using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Inference.Grammars.Json;

/// <summary>A schema as it was sent, with its references.</summary>
internal sealed class SchemaDocument
{
    private const int LengthMax = 256 * 1024;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private SchemaDocument(JsonNode root) => Root = root;

    public JsonNode Root { get; }

    /// <exception cref="GrammarException">The text is no JSON, or neither an object nor a boolean.</exception>
    public static SchemaDocument Parse(string text)
    {
        if (text.Length > LengthMax) throw new GrammarException($"The schema is longer than {LengthMax} characters.");
        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 64 };
            if (JsonNode.Parse(text, documentOptions: options) is { } root) return new SchemaDocument(root);
        }
        catch (JsonException exception)
        {
            throw new GrammarException($"The schema is no valid JSON: {exception.Message}");
        }

        throw new GrammarException("The schema must be an object or a boolean.");
    }

    /// <summary>One form of text for equal values, as an answer writes them.</summary>
    public static string Text(JsonNode? node) => node is null ? "null" : node.ToJsonString(Plain);

    /// <summary>Follows a JSON pointer into this document.</summary>
    public JsonNode Resolve(string reference, string path)
    {
        if (reference == "#") return Root;
        if (!reference.StartsWith("#/", StringComparison.Ordinal))
        {
            throw new GrammarException(
                $"The $ref '{reference}' at {path} is not supported; references must point into the schema, as '#/$defs/name'.");
        }

        JsonNode? node = Root;
        foreach (string part in reference[2..].Split('/'))
        {
            string name = Uri.UnescapeDataString(part)
                .Replace("~1", "/", StringComparison.Ordinal)
                .Replace("~0", "~", StringComparison.Ordinal);
            node = node switch
            {
                JsonObject branch => branch[name],
                JsonArray list when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                    && index < list.Count => list[index],
                _ => null,
            };
            if (node is null) throw new GrammarException($"The $ref '{reference}' at {path} points to nothing.");
        }

        return node;
    }
}
