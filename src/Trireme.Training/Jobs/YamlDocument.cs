using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Trireme.Training.Jobs;

/// <summary>Turns YAML into JSON: plain scalars by the YAML 1.2 core schema, quoted ones as text.</summary>
internal static class YamlDocument
{
    private const int DepthLimit = 64;

    /// <exception cref="FormatException">The text is no YAML, holds several documents, aliases or repeated keys.</exception>
    public static JsonNode? ToJson(string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException exception)
        {
            throw new FormatException($"line {exception.Start.Line}: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // The parser's answer to some unclosed brackets and stray marks, without a place.
            throw new FormatException("line unknown: the YAML is malformed, probably by a bracket that is not closed", exception);
        }

        if (stream.Documents.Count > 1) throw new FormatException("holds several YAML documents; write one job per file");
        return stream.Documents.Count == 0 ? null : Convert(stream.Documents[0].RootNode, 0);
    }

    private static JsonNode? Convert(YamlNode node, int depth)
    {
        // An alias makes a graph of the tree, which could be endless.
        if (depth > DepthLimit) throw new FormatException($"line {node.Start.Line}: nested deeper than {DepthLimit} levels, or an alias to itself");
        switch (node)
        {
            case YamlMappingNode mapping:
                var json = new JsonObject();
                foreach ((YamlNode key, YamlNode value) in mapping.Children)
                {
                    if (key is not YamlScalarNode { Value: { } name }) throw new FormatException($"line {key.Start.Line}: a key must be a word");
                    json[name] = Convert(value, depth + 1);
                }

                return json;
            case YamlSequenceNode sequence:
                return new JsonArray([.. sequence.Children.Select(child => Convert(child, depth + 1))]);
            case YamlScalarNode { Style: ScalarStyle.Plain } plain:
                return Plain(plain.Value ?? "");
            case YamlScalarNode scalar:
                return JsonValue.Create(scalar.Value);
            default:
                throw new FormatException($"line {node.Start.Line}: {node.NodeType} is not supported");
        }
    }

    private static JsonValue? Plain(string text)
    {
        if (text is "" or "~" or "null" or "Null" or "NULL") return null;
        if (text is "true" or "True" or "TRUE") return JsonValue.Create(true);
        if (text is "false" or "False" or "FALSE") return JsonValue.Create(false);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer)) return JsonValue.Create(integer);
        bool number = double.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double value);
        return number && double.IsFinite(value) ? JsonValue.Create(value) : JsonValue.Create(text);
    }
}
