using System.Text.Json.Nodes;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Strings of a schema.</summary>
internal sealed class StringRules(JsonRules json, SchemaWork work)
{
    /// <summary>A string of a limited length needs a state per character; a larger limit is lowered to this.</summary>
    private const int LengthMax = 10_000;

    private readonly GrammarBuilder _builder = json.Builder;

    public void Add(int from, int to, JsonObject schema, string path)
    {
        int minimum = SchemaValues.Least(schema, "minLength", LengthMax, path);
        int? maximum = SchemaValues.Count(schema, "maxLength", path);
        if (maximum > LengthMax) maximum = LengthMax;
        if (maximum < minimum) return;
        Pattern? pattern = PatternOf(schema, path);
        work.Explore(pattern?.Cost ?? 0, "pattern", path);
        if (pattern is null && minimum == 0 && maximum is null)
        {
            _builder.Call(from, json.String, to);
            return;
        }

        int open = _builder.AddNode(), close = _builder.AddNode();
        _builder.Bytes(from, (byte)'"', (byte)'"', open);
        if (pattern is null)
        {
            AddCharacters(open, close, minimum, maximum);
        }
        else if (minimum == 0 && maximum is null)
        {
            new PatternEmitter(_builder, JsonCharacters.Instance).Emit(pattern, open, close);
        }
        else
        {
            new CountedPattern(pattern, minimum, maximum).Emit(_builder, JsonCharacters.Instance, open, close);
        }

        _builder.Bytes(close, (byte)'"', (byte)'"', to);
    }

    /// <summary>What pattern and format ask of a string; null for nothing.</summary>
    public static Pattern? PatternOf(JsonObject schema, string path)
    {
        Pattern? pattern = SchemaValues.String(schema, "pattern", path) is { } expression
            ? PatternParser.ParseAnywhere(expression, $"The pattern at {path}")
            : null;
        if (SchemaValues.String(schema, "format", path) is not { } name || FormatPatterns.Find(name) is not { } format) return pattern;
        return pattern is null ? format : Pattern.Both(pattern, format);
    }

    private void AddCharacters(int from, int to, int minimum, int? maximum)
    {
        for (int i = 0; i < (maximum ?? minimum); i++)
        {
            if (i >= minimum) _builder.Empty(from, to);
            int next = _builder.AddNode();
            _builder.Call(from, json.Character, next);
            from = next;
        }

        _builder.Empty(from, to);
        if (maximum is null) _builder.Call(from, json.Character, from);
    }
}
