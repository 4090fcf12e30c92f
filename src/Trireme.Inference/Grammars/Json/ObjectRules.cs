using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>
/// Objects of a schema: the declared properties in their order, each left out where it may be, then undeclared ones where
/// additionalProperties allows them. Without any property declared and without additionalProperties, any object.
/// </summary>
internal sealed class ObjectRules(JsonRules json, Func<JsonNode?, string, int> ruleFor)
{
    private const int NameLengthMax = 1_000;

    private readonly GrammarBuilder _builder = json.Builder;

    public void Add(int from, int to, JsonObject schema, string path)
    {
        JsonObject properties = SchemaValues.Object(schema, "properties", path);
        List<string> required = SchemaValues.Names(schema, "required", path);
        bool saysRest = schema.TryGetPropertyValue("additionalProperties", out JsonNode? rest);
        if (properties.Count == 0 && required.Count == 0 && !saysRest)
        {
            _builder.Call(from, json.Object, to);
            return;
        }

        bool allowsRest = saysRest && !IsFalse(rest);
        // The last node is after all properties; "empty" nodes are those before anything was written, which needs no comma.
        int empty = _builder.AddNode(), filled = _builder.AddNode();
        _builder.Bytes(from, (byte)'{', (byte)'{', empty);
        foreach ((string name, JsonNode? declared) in properties)
        {
            if (name.Length > NameLengthMax) throw SchemaValues.Wrong(path, "properties", $"names of at most {NameLengthMax} characters");
            int rule = ruleFor(declared, $"{path}/properties/{name}");
            (empty, filled) = AddMember(empty, filled, MemberRule(name, rule), !required.Contains(name));
        }

        foreach (string name in required.Distinct())
        {
            if (properties.ContainsKey(name)) continue;
            if (name.Length > NameLengthMax) throw SchemaValues.Wrong(path, "required", $"names of at most {NameLengthMax} characters");
            if (saysRest && !allowsRest) return;
            int rule = allowsRest ? ruleFor(rest, $"{path}/additionalProperties") : json.Value;
            (empty, filled) = AddMember(empty, filled, MemberRule(name, rule), isOptional: false);
        }

        if (allowsRest)
        {
            int value = ruleFor(rest, $"{path}/additionalProperties");
            int member = RestRule([.. properties.Select(property => property.Key), .. required], value);
            int next = _builder.AddNode();
            _builder.Call(empty, member, filled);
            json.Separator(filled, ',', next);
            _builder.Call(next, member, filled);
        }

        _builder.Bytes(empty, (byte)'}', (byte)'}', to);
        _builder.Bytes(filled, (byte)'}', (byte)'}', to);
    }

    private (int Empty, int Filled) AddMember(int empty, int filled, int member, bool isOptional)
    {
        int nextEmpty = _builder.AddNode(), nextFilled = _builder.AddNode(), comma = _builder.AddNode();
        _builder.Call(empty, member, nextFilled);
        json.Separator(filled, ',', comma);
        _builder.Call(comma, member, nextFilled);
        if (isOptional)
        {
            _builder.Empty(empty, nextEmpty);
            _builder.Empty(filled, nextFilled);
        }

        return (nextEmpty, nextFilled);
    }

    private int MemberRule(string name, int value)
    {
        int rule = _builder.AddRule();
        (int entry, int exit) = _builder.Ends(rule);
        int colon = _builder.AddNode(), start = _builder.AddNode();
        _builder.Literal(entry, Encoding.UTF8.GetBytes(SchemaDocument.Text(JsonValue.Create(name))), colon);
        json.Separator(colon, ':', start);
        _builder.Call(start, value, exit);
        return rule;
    }

    private int RestRule(IReadOnlyList<string> declared, int value)
    {
        int rule = _builder.AddRule();
        (int entry, int exit) = _builder.Ends(rule);
        int inside = _builder.AddNode(), colon = _builder.AddNode(), start = _builder.AddNode();
        _builder.Bytes(entry, (byte)'"', (byte)'"', inside);
        OtherName([.. declared.Distinct().Select(name => name.EnumerateRunes().Select(rune => rune.Value).ToArray())], 0, inside, colon);
        json.Separator(colon, ':', start);
        _builder.Call(start, value, exit);
        return rule;
    }

    /// <summary>
    /// Names other than the declared ones, written without escapes so that one name has one spelling: follows the declared names as a
    /// tree and leaves it anywhere but at their ends.
    /// </summary>
    private void OtherName(List<int[]> declared, int depth, int from, int to)
    {
        CharacterSet others = JsonCharacters.Unescaped;
        foreach (IGrouping<int, int[]> branch in declared.Where(name => name.Length > depth).GroupBy(name => name[depth]))
        {
            CharacterSet only = CharacterSet.Of(new CharacterRange(branch.Key));
            others = others.Except(only);
            int next = _builder.AddNode();
            JsonCharacters.Instance.Encode(_builder, only.Intersect(JsonCharacters.Unescaped), from, next);
            OtherName([.. branch], depth + 1, next, to);
        }

        int free = _builder.AddNode();
        Utf8Encoder.Instance.Encode(_builder, others, from, free);
        Utf8Encoder.Instance.Encode(_builder, JsonCharacters.Unescaped, free, free);
        _builder.Bytes(free, (byte)'"', (byte)'"', to);
        bool isDeclared = declared.Any(name => name.Length == depth);
        if (!isDeclared) _builder.Bytes(from, (byte)'"', (byte)'"', to);
    }

    private static bool IsFalse(JsonNode? node) => node?.GetValueKind() == JsonValueKind.False;
}
