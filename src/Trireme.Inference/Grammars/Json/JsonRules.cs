using Trireme.Inference.Generation;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>
/// The rules of JSON itself. Space is bounded so that a model cannot fill an answer with it: one space may follow a colon or a comma,
/// and nothing else is allowed between the parts of a document, unless a style asks for other space.
/// </summary>
internal sealed class JsonRules
{
    private static readonly CharacterSet JsonSpace = CharacterSet.Of(new('\t'), new('\n'), new('\r'), new(' '));

    /// <summary>Values nest this deep where a schema does not say how they look; common readers refuse 64 levels.</summary>
    private const int FreeDepthMax = 32;

    private readonly int?[] _values = new int?[FreeDepthMax + 1];
    private readonly int?[] _objects = new int?[FreeDepthMax + 1];
    private readonly int?[] _arrays = new int?[FreeDepthMax + 1];
    private readonly GrammarBuilder _builder;
    private readonly int? _space;
    private int? _string;
    private int? _character;
    private int? _number;

    /// <exception cref="GrammarException">The style's space is not one of JSON.</exception>
    public JsonRules(GrammarBuilder builder, JsonStyle? style = null)
    {
        _builder = builder;
        Style = style ?? JsonStyle.Default;
        if (Style is not { DisableAnyWhitespace: false, WhitespacePattern: { } expression }) return;
        Pattern space = PatternParser.ParseWhole(expression, "The whitespace pattern");
        Automaton other = Automaton.Of(space).Except(Automaton.Of(Pattern.Repeat(new SetPattern(JsonSpace), 0, null)));
        if (!other.IsEmpty) throw new GrammarException("The whitespace pattern must match nothing but spaces, tabs and ends of lines.");
        _space = AddPattern(space);
    }

    public JsonStyle Style { get; }

    public GrammarBuilder Builder => _builder;

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
        int rule = _builder.AddRule();
        new PatternEmitter(_builder, Utf8Encoder.Instance).Emit(pattern, _builder.Ends(rule).Entry, _builder.Ends(rule).Exit);
        return rule;
    }

    /// <summary>A colon or a comma, with or without space.</summary>
    public void Separator(int from, char separator, int to)
    {
        if (_space is { } space)
        {
            int before = _builder.AddNode(), after = _builder.AddNode();
            _builder.Call(from, space, before);
            _builder.Bytes(before, (byte)separator, (byte)separator, after);
            _builder.Call(after, space, to);
            return;
        }

        _builder.Bytes(from, (byte)separator, (byte)separator, to);
        if (Style.DisableAnyWhitespace) return;
        int spaced = _builder.AddNode();
        _builder.Bytes(from, (byte)separator, (byte)separator, spaced);
        _builder.Bytes(spaced, (byte)' ', (byte)' ', to);
    }

    /// <summary>An opening bracket; one that is closed at once has no space within.</summary>
    public void Open(int from, char open, char close, int to, int? closed)
    {
        int inside = _space is null ? to : _builder.AddNode();
        _builder.Bytes(from, (byte)open, (byte)open, inside);
        if (closed is { } end) _builder.Bytes(inside, (byte)close, (byte)close, end);
        if (_space is { } space) _builder.Call(inside, space, to);
    }

    /// <summary>A closing bracket after something.</summary>
    public void Close(int from, char close, int to)
    {
        if (_space is { } space)
        {
            int spaced = _builder.AddNode();
            _builder.Call(from, space, spaced);
            from = spaced;
        }

        _builder.Bytes(from, (byte)close, (byte)close, to);
    }

    /// <summary>A bracketed list of a rule, separated by commas and possibly empty.</summary>
    public void List(int from, char open, int item, char close, int to)
    {
        int start = _builder.AddNode(), after = _builder.AddNode(), next = _builder.AddNode();
        Open(from, open, close, start, closed: to);
        _builder.Call(start, item, after);
        Separator(after, ',', next);
        _builder.Call(next, item, after);
        Close(after, close, to);
    }

    private int ValueAt(int depth)
    {
        if (_values[depth] is { } known) return known;
        int rule = _builder.AddRule();
        _values[depth] = rule;
        (int entry, int exit) = _builder.Ends(rule);
        _builder.Literal(entry, "null"u8, exit);
        _builder.Literal(entry, "true"u8, exit);
        _builder.Literal(entry, "false"u8, exit);
        _builder.Call(entry, String, exit);
        _builder.Call(entry, Number, exit);
        _builder.Call(entry, ObjectAt(depth), exit);
        _builder.Call(entry, ArrayAt(depth), exit);
        return rule;
    }

    private int ObjectAt(int depth)
    {
        if (_objects[depth] is { } known) return known;
        int rule = _builder.AddRule();
        _objects[depth] = rule;
        (int entry, int exit) = _builder.Ends(rule);
        if (depth == FreeDepthMax)
        {
            _builder.Literal(entry, "{}"u8, exit);
            return rule;
        }

        int member = _builder.AddRule();
        int colon = _builder.AddNode(), value = _builder.AddNode();
        _builder.Call(_builder.Ends(member).Entry, String, colon);
        Separator(colon, ':', value);
        _builder.Call(value, ValueAt(depth + 1), _builder.Ends(member).Exit);
        List(entry, '{', member, '}', exit);
        return rule;
    }

    private int ArrayAt(int depth)
    {
        if (_arrays[depth] is { } known) return known;
        int rule = _builder.AddRule();
        _arrays[depth] = rule;
        (int entry, int exit) = _builder.Ends(rule);
        if (depth == FreeDepthMax)
        {
            _builder.Literal(entry, "[]"u8, exit);
        }
        else
        {
            List(entry, '[', ValueAt(depth + 1), ']', exit);
        }

        return rule;
    }

    private int AddString()
    {
        int rule = _builder.AddRule();
        (int entry, int exit) = _builder.Ends(rule);
        int inside = _builder.AddNode();
        _builder.Bytes(entry, (byte)'"', (byte)'"', inside);
        AnyCharacter(inside, inside);
        _builder.Bytes(inside, (byte)'"', (byte)'"', exit);
        return rule;
    }

    private int AddCharacter()
    {
        int rule = _builder.AddRule();
        AnyCharacter(_builder.Ends(rule).Entry, _builder.Ends(rule).Exit);
        return rule;
    }

    private void AnyCharacter(int from, int to)
    {
        Utf8Encoder.Instance.Encode(_builder, JsonCharacters.Unescaped, from, to);
        int escape = _builder.AddNode();
        _builder.Bytes(from, (byte)'\\', (byte)'\\', escape);
        foreach (byte kind in "\"\\/bfnrt"u8) _builder.Bytes(escape, kind, kind, to);
        // A character of its own, or two surrogates that together are one.
        const string Digits = "[0-9A-Fa-f]";
        Emit($@"u(?:[0-9A-CE-Fa-ce-f]{Digits}{{3}}|[Dd][0-7]{Digits}{{2}})");
        Emit($@"u[Dd][89ABab]{Digits}{{2}}\\u[Dd][C-Fc-f]{Digits}{{2}}");

        void Emit(string pattern) =>
            new PatternEmitter(_builder, Utf8Encoder.Instance).Emit(PatternParser.ParseWhole(pattern, "pattern"), escape, to);
    }
}
