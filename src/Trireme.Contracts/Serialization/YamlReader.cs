using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Trireme.Contracts.Serialization;

/// <summary>
/// Turns YAML documents into JSON with the types kubectl gives their scalars. It reads events, not a tree, so that depth and
/// size are bounded before anything is built, also through aliases.
/// </summary>
internal sealed class YamlReader
{
    private readonly Dictionary<AnchorName, JsonNode?> _anchors = [];
    private readonly Parser _parser;
    private readonly Action<string, long>? _field;
    private readonly Action<string>? _repeatedField;
    private long _repeated;
    private int _anchorCount;

    private YamlReader(TextReader text, Action<string, long>? field, Action<string>? repeated)
    {
        _parser = new Parser(text);
        _field = field;
        _repeatedField = repeated;
    }

    /// <param name="text">The documents.</param>
    /// <param name="field">Told the path of each field, its names joined by dots, and its line; null for nobody.</param>
    /// <param name="repeated">Told the path of each field that stands twice in one object; null to refuse such texts.</param>
    /// <exception cref="FormatException">The text is not YAML or breaks a bound; the message names the line.</exception>
    public static IReadOnlyList<JsonNode> Parse(string text, Action<string, long>? field, Action<string>? repeated)
    {
        try
        {
            return new YamlReader(new StringReader(text), field, repeated).Documents();
        }
        catch (YamlException exception)
        {
            throw Malformed(exception.Start, exception.InnerException?.Message ?? exception.Message);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // The parser's answer to some unclosed brackets and malformed tags, without a place or a reason.
            throw new FormatException("a bracket or quote is not closed, or a tag is malformed", exception);
        }
    }

    private List<JsonNode> Documents()
    {
        var documents = new List<JsonNode>();
        _parser.Consume<StreamStart>();
        while (_parser.TryConsume<DocumentStart>(out _))
        {
            _anchors.Clear();
            JsonNode? root = Node(0, "");
            _parser.Consume<DocumentEnd>();
            if (JsonMeasure.Of(root).Depth > YamlJson.MaxDepth) throw new FormatException("its aliases nest too deeply");
            if (root is not null) documents.Add(root);
        }

        return documents;
    }

    private JsonNode? Node(int depth, string path)
    {
        if (depth > YamlJson.MaxDepth) throw Malformed(_parser.Current!.Start, $"nested deeper than {YamlJson.MaxDepth} levels");
        if (_parser.TryConsume<AnchorAlias>(out AnchorAlias? alias)) return Aliased(alias);
        if (_parser.TryConsume<Scalar>(out Scalar? scalar)) return Anchored(scalar, Value(scalar));
        if (_parser.TryConsume<MappingStart>(out MappingStart? mapping)) return Anchored(mapping, Mapping(depth, path));
        return Anchored(_parser.Consume<SequenceStart>(), Sequence(depth, path));
    }

    private JsonObject Mapping(int depth, string path)
    {
        var json = new JsonObject();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out Scalar? key)) throw Malformed(_parser.Current!.Start, "a field name must be plain text");
            bool isRepeated = json.ContainsKey(key.Value);
            if (isRepeated && _repeatedField is null) throw Malformed(key.Start, $"duplicate field \"{key.Value}\"");
            bool isTold = _field is not null || _repeatedField is not null;
            string inner = !isTold ? path : path.Length == 0 ? key.Value : $"{path}.{key.Value}";
            if (isRepeated) _repeatedField!(inner);
            _field?.Invoke(inner, key.Start.Line);
            json[key.Value] = Node(depth + 1, inner);
        }

        return json;
    }

    private JsonArray Sequence(int depth, string path)
    {
        var json = new JsonArray();
        while (!_parser.TryConsume<SequenceEnd>(out _)) json.Add(Node(depth + 1, path));
        return json;
    }

    private JsonNode? Anchored(NodeEvent start, JsonNode? node)
    {
        if (start.Anchor.IsEmpty) return node;
        if (++_anchorCount > YamlJson.MaxAnchors) throw Malformed(start.Start, $"more than {YamlJson.MaxAnchors} anchors");
        _anchors[start.Anchor] = node;
        return node;
    }

    private JsonNode? Aliased(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value, out JsonNode? node)) throw Malformed(alias.Start, $"the alias *{alias.Value} has no anchor");
        // Aliases of aliases can stand for far more than the text holds, so what they repeat has a bound of its own.
        _repeated += JsonMeasure.Of(node).Weight;
        if (_repeated > YamlJson.MaxRepeatedWeight) throw Malformed(alias.Start, "its aliases repeat too much");
        return node?.DeepClone();
    }

    /// <summary>Plain scalars follow YAML 1.1 for booleans and 1.2 for numbers, as Kubernetes' own reader does.</summary>
    private static JsonValue? Value(Scalar scalar)
    {
        string text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str") return JsonValue.Create(text);
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON":
                return JsonValue.Create(true);
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF":
                return JsonValue.Create(false);
        }

        // A leading zero means octal to some readers and decimal to others, so it stays text and validation asks what was meant.
        bool octal = text.Length > 1 && text[0] == '0' && char.IsAsciiDigit(text[1]);
        if (octal || !char.IsAsciiDigit(text[^1])) return JsonValue.Create(text);
        const NumberStyles Whole = NumberStyles.AllowLeadingSign;
        if (long.TryParse(text, Whole, CultureInfo.InvariantCulture, out long whole)) return JsonValue.Create(whole);
        const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Decimal, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text);
    }

    private static FormatException Malformed(Mark position, string problem) =>
        new(string.Create(CultureInfo.InvariantCulture, $"line {position.Line}, column {position.Column}: {problem}"));
}
