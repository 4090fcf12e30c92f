using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Trireme.Contracts.Serialization;

/// <summary>
/// YAML as another spelling of JSON: the documents of a manifest become JSON trees and back, with the scalar types of
/// Kubernetes' own reader, so that a manifest means the same to <c>trireme</c>, to kubectl and to the API server.
/// </summary>
public static partial class YamlJson
{
    /// <summary>
    /// Deepest nesting of objects and lists. Readers and writers of JSON take 64 levels, and managedFields repeats the
    /// structure of an object a few levels further down.
    /// </summary>
    public const int MaxDepth = 48;

    /// <summary>What a stream's aliases may repeat, as <see cref="JsonMeasure.Weight"/> counts: Kubernetes' limit for an object.</summary>
    public const long MaxRepeatedWeight = 3 * 1024 * 1024;

    /// <summary>Most anchors of a stream. Manifests that share parts have a handful.</summary>
    public const int MaxAnchors = 1000;

    /// <summary>Reads all documents of a stream; empty ones are left out.</summary>
    /// <param name="text">The stream.</param>
    /// <param name="repeated">
    /// Told the path of each field that stands twice in one object, of which the last counts; null to refuse such texts.
    /// </param>
    /// <exception cref="FormatException">The text is not YAML or breaks a bound; the message names line and column.</exception>
    public static IReadOnlyList<JsonNode> Parse(string text, Action<string>? repeated = null) => YamlReader.Parse(text, null, repeated);

    /// <summary>Reads all documents of a stream and tells where their fields stand, for messages about single ones.</summary>
    /// <param name="text">The stream.</param>
    /// <param name="field">Told the path of each field, its names joined by dots, and its line, as they are read.</param>
    /// <exception cref="FormatException">The text is not YAML or breaks a bound; the message names line and column.</exception>
    public static IReadOnlyList<JsonNode> Parse(string text, Action<string, long> field) => YamlReader.Parse(text, field, null);

    /// <summary>Writes a JSON tree as block-style YAML.</summary>
    public static string Write(JsonNode? node)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        new YamlStream(new YamlDocument(ToYaml(node))).Save(text, assignAnchors: false);
        // The document end marker is noise where one object is one file.
        string yaml = text.ToString();
        return yaml.EndsWith("...\n", StringComparison.Ordinal) ? yaml[..^4] : yaml;
    }

    private static YamlNode ToYaml(JsonNode? node, int depth = 0) => node switch
    {
        null => new YamlScalarNode("null") { Style = ScalarStyle.Plain },
        JsonObject json => new YamlMappingNode(
            json.SelectMany(member => new[] { Text(member.Key), ToYaml(member.Value, JsonDepth.Below(depth)) }))
        {
            Style = json.Count == 0 ? YamlDotNet.Core.Events.MappingStyle.Flow : YamlDotNet.Core.Events.MappingStyle.Block,
        },
        JsonArray array => new YamlSequenceNode(array.Select(item => ToYaml(item, JsonDepth.Below(depth))))
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

    [GeneratedRegex(@"^([-+]?[.0-9][-+.0-9_xXoOa-fA-FeE:]*|~|null|true|false|yes|no|on|off|y|n|\.inf|\.nan)$", RegexOptions.IgnoreCase)]
    private static partial Regex Ambiguous();
}
