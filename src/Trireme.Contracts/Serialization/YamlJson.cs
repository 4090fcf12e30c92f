using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Trireme.Contracts.Serialization;

/// <summary>
/// YAML as another spelling of JSON: the documents of a manifest become JSON trees, with the scalar rules of YAML 1.2's core
/// schema, so that "no" stays a word and 1e3 is a number.
/// </summary>
public static partial class YamlJson
{
    /// <summary>Deeper nesting than any manifest has; the bound keeps hostile input from exhausting the stack.</summary>
    private const int MaxDepth = 64;

    /// <summary>Aliases can repeat a subtree; this bounds what they may expand to.</summary>
    private const int MaxNodes = 200_000;

    /// <summary>Reads all documents of a stream; empty ones are left out.</summary>
    /// <exception cref="FormatException">The text is not YAML; the message names line and column.</exception>
    public static IReadOnlyList<JsonNode> Parse(string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            int budget = MaxNodes;
            return [.. stream.Documents.Select(document => Convert(document.RootNode, 0, ref budget)).OfType<JsonNode>()];
        }
        catch (YamlException exception)
        {
            throw Malformed(exception.Start, exception.InnerException?.Message ?? exception.Message);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // The parser's answer to some unclosed brackets and stray marks, without a place.
            throw new FormatException("a bracket or quote is not closed");
        }
    }

    /// <summary>Writes a JSON tree as block-style YAML.</summary>
    public static string Write(JsonNode? node)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        new YamlStream(new YamlDocument(ToYaml(node))).Save(text, assignAnchors: false);
        // The document end marker is noise where one object is one file.
        string yaml = text.ToString();
        return yaml.EndsWith("...\n", StringComparison.Ordinal) ? yaml[..^4] : yaml;
    }

    private static JsonNode? Convert(YamlNode node, int depth, ref int budget)
    {
        if (depth > MaxDepth) throw Malformed(node.Start, $"nested deeper than {MaxDepth} levels");
        if (--budget < 0) throw Malformed(node.Start, $"more than {MaxNodes} values");
        return node switch
        {
            YamlScalarNode scalar => Scalar(scalar),
            YamlSequenceNode sequence => Sequence(sequence, depth, ref budget),
            YamlMappingNode mapping => Mapping(mapping, depth, ref budget),
            _ => throw Malformed(node.Start, "unsupported kind of value"),
        };
    }

    private static JsonArray Sequence(YamlSequenceNode sequence, int depth, ref int budget)
    {
        var array = new JsonArray();
        foreach (YamlNode item in sequence) array.Add(Convert(item, depth + 1, ref budget));
        return array;
    }

    private static JsonObject Mapping(YamlMappingNode mapping, int depth, ref int budget)
    {
        var json = new JsonObject();
        foreach ((YamlNode key, YamlNode value) in mapping)
        {
            string name = (key as YamlScalarNode)?.Value ?? throw Malformed(key.Start, "a field name must be plain text");
            json.Add(name, Convert(value, depth + 1, ref budget));
        }

        return json;
    }

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        string text = scalar.Value ?? "";
        if (scalar.Style is not ScalarStyle.Plain) return JsonValue.Create(text);
        if (text is "" or "~" or "null" or "Null" or "NULL") return null;
        if (text is "true" or "True" or "TRUE") return JsonValue.Create(true);
        if (text is "false" or "False" or "FALSE") return JsonValue.Create(false);
        if (Integer().IsMatch(text) && long.TryParse(text, CultureInfo.InvariantCulture, out long integer))
        {
            return JsonValue.Create(integer);
        }
        if (Real().IsMatch(text) && double.TryParse(text, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real))
        {
            return JsonValue.Create(real);
        }
        return JsonValue.Create(text);
    }

    private static YamlNode ToYaml(JsonNode? node) => node switch
    {
        null => new YamlScalarNode("null") { Style = ScalarStyle.Plain },
        JsonObject json => new YamlMappingNode(json.SelectMany(member => new[] { Text(member.Key), ToYaml(member.Value) }))
        {
            Style = json.Count == 0 ? YamlDotNet.Core.Events.MappingStyle.Flow : YamlDotNet.Core.Events.MappingStyle.Block,
        },
        JsonArray array => new YamlSequenceNode(array.Select(ToYaml))
        {
            Style = array.Count == 0 ? YamlDotNet.Core.Events.SequenceStyle.Flow : YamlDotNet.Core.Events.SequenceStyle.Block,
        },
        _ when node.GetValueKind() == System.Text.Json.JsonValueKind.String => Text(node.GetValue<string>()),
        _ => new YamlScalarNode(node.ToJsonString()) { Style = ScalarStyle.Plain },
    };

    private static YamlScalarNode Text(string text) => new(text)
    {
        Style = text.Contains('\n', StringComparison.Ordinal) ? ScalarStyle.Literal
            : ReadsAsText(text) ? ScalarStyle.Any
            : ScalarStyle.DoubleQuoted,
    };

    /// <summary>False for text that a YAML 1.1 or 1.2 reader could take for something else, such as "yes" or "0x1F".</summary>
    private static bool ReadsAsText(string text) =>
        text.Length > 0
            && !Ambiguous().IsMatch(text)
            && (text.Length < 5 || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _));

    private static FormatException Malformed(Mark position, string problem) =>
        new(string.Create(CultureInfo.InvariantCulture, $"line {position.Line}, column {position.Column}: {problem}"));

    [GeneratedRegex("^[-+]?[0-9]+$")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Real();

    [GeneratedRegex(@"^([-+]?[.0-9][-+.0-9_xXoOa-fA-FeE:]*|~|null|true|false|yes|no|on|off|y|n|\.inf|\.nan)$", RegexOptions.IgnoreCase)]
    private static partial Regex Ambiguous();
}
