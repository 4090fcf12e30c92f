using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>
/// The rules of JSON itself. Space is bounded so that a model cannot fill an answer with it: one space may follow a colon or a comma,
/// and nothing else is allowed between the parts of a document.
/// </summary>
internal sealed class JsonRules(GrammarBuilder builder)
{
    /// <summary>Values nest this deep where a schema does not say how they look; common readers refuse 64 levels.</summary>
    private const int FreeDepthMax = 32;

    private readonly int?[] _values = new int?[FreeDepthMax + 1];
    private readonly int?[] _objects = new int?[FreeDepthMax + 1];
    private readonly int?[] _arrays = new int?[FreeDepthMax + 1];
    private int? _string;
    private int? _character;
    private int? _number;

    public GrammarBuilder Builder => builder;

    /// <summary>Any string.</summary>
    public int String => _string ??= AddString();

    /// <summary>One character of a string, in any way it may be written.</summary>
    public int Character => _character ??= AddCharacter();

    /// <summary>Any number, within the digits a double keeps.</summary>
    public int Number => _number ??= AddPattern(NumberPatterns.AnyNumber);

    /// <summary>Any value.</summary>
    public int Value => ValueAt(0);

    public int Object => ObjectAt(0);

    public int Array => ArrayAt(0);

    public int AddPattern(Pattern pattern)
    {
        int rule = builder.AddRule();
        new PatternEmitter(builder, Utf8Encoder.Instance).Emit(pattern, builder.Ends(rule).Entry, builder.Ends(rule).Exit);
        return rule;
    }

    /// <summary>A colon or a comma, with or without a space after it.</summary>
    public void Separator(int from, char separator, int to)
    {
        int spaced = builder.AddNode();
        builder.Bytes(from, (byte)separator, (byte)separator, to);
        builder.Bytes(from, (byte)separator, (byte)separator, spaced);
        builder.Bytes(spaced, (byte)' ', (byte)' ', to);
    }

    /// <summary>A bracketed list of a rule, separated by commas and possibly empty.</summary>
    public void List(int from, char open, int item, char close, int to)
    {
        int start = builder.AddNode(), after = builder.AddNode(), next = builder.AddNode();
        builder.Bytes(from, (byte)open, (byte)open, start);
        builder.Bytes(start, (byte)close, (byte)close, to);
        builder.Call(start, item, after);
        Separator(after, ',', next);
        builder.Call(next, item, after);
        builder.Bytes(after, (byte)close, (byte)close, to);
    }

    private int ValueAt(int depth)
    {
        if (_values[depth] is { } known) return known;
        int rule = builder.AddRule();
        _values[depth] = rule;
        (int entry, int exit) = builder.Ends(rule);
        builder.Literal(entry, "null"u8, exit);
        builder.Literal(entry, "true"u8, exit);
        builder.Literal(entry, "false"u8, exit);
        builder.Call(entry, String, exit);
        builder.Call(entry, Number, exit);
        builder.Call(entry, ObjectAt(depth), exit);
        builder.Call(entry, ArrayAt(depth), exit);
        return rule;
    }

    private int ObjectAt(int depth)
    {
        if (_objects[depth] is { } known) return known;
        int rule = builder.AddRule();
        _objects[depth] = rule;
        (int entry, int exit) = builder.Ends(rule);
        if (depth == FreeDepthMax)
        {
            builder.Literal(entry, "{}"u8, exit);
            return rule;
        }

        int member = builder.AddRule();
        int colon = builder.AddNode(), value = builder.AddNode();
        builder.Call(builder.Ends(member).Entry, String, colon);
        Separator(colon, ':', value);
        builder.Call(value, ValueAt(depth + 1), builder.Ends(member).Exit);
        List(entry, '{', member, '}', exit);
        return rule;
    }

    private int ArrayAt(int depth)
    {
        if (_arrays[depth] is { } known) return known;
        int rule = builder.AddRule();
        _arrays[depth] = rule;
        (int entry, int exit) = builder.Ends(rule);
        if (depth == FreeDepthMax)
        {
            builder.Literal(entry, "[]"u8, exit);
        }
        else
        {
            List(entry, '[', ValueAt(depth + 1), ']', exit);
        }

        return rule;
    }

    private int AddString()
    {
        int rule = builder.AddRule();
        (int entry, int exit) = builder.Ends(rule);
        int inside = builder.AddNode();
        builder.Bytes(entry, (byte)'"', (byte)'"', inside);
        AnyCharacter(inside, inside);
        builder.Bytes(inside, (byte)'"', (byte)'"', exit);
        return rule;
    }

    private int AddCharacter()
    {
        int rule = builder.AddRule();
        AnyCharacter(builder.Ends(rule).Entry, builder.Ends(rule).Exit);
        return rule;
    }

    private void AnyCharacter(int from, int to)
    {
        Utf8Encoder.Instance.Encode(builder, JsonCharacters.Unescaped, from, to);
        int escape = builder.AddNode();
        builder.Bytes(from, (byte)'\\', (byte)'\\', escape);
        foreach (byte kind in "\"\\/bfnrt"u8) builder.Bytes(escape, kind, kind, to);
        // A character of its own, or two surrogates that together are one.
        const string Digits = "[0-9A-Fa-f]";
        Emit($@"u(?:[0-9A-CE-Fa-ce-f]{Digits}{{3}}|[Dd][0-7]{Digits}{{2}})");
        Emit($@"u[Dd][89ABab]{Digits}{{2}}\\u[Dd][C-Fc-f]{Digits}{{2}}");

        void Emit(string pattern) =>
            new PatternEmitter(builder, Utf8Encoder.Instance).Emit(PatternParser.ParseWhole(pattern, "pattern"), escape, to);
    }
}
