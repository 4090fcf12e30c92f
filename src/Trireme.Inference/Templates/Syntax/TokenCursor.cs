namespace Trireme.Inference.Templates.Syntax;

/// <summary>A position among tokens, with the checks parsers share.</summary>
internal sealed class TokenCursor(List<TemplateToken> tokens)
{
    // Deep enough for any template written by people; the parser recurses once per level.
    private const int DepthMax = 100;

    private int _position;
    private int _depth;

    public TemplateToken Current => tokens[_position];

    public int Line => Current.Line;

    public TemplateToken Take()
    {
        TemplateToken token = Current;
        if (token.Kind != TemplateTokenKind.End) _position++;
        return token;
    }

    public TemplateToken Peek() => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public bool IsOperator(string text) => Current.Kind == TemplateTokenKind.Operator && Current.Text == text;

    public bool IsName(string text) => Current.Kind == TemplateTokenKind.Name && Current.Text == text;

    public bool TryTakeOperator(string text)
    {
        if (!IsOperator(text)) return false;
        _position++;
        return true;
    }

    public bool TryTakeName(string text)
    {
        if (!IsName(text)) return false;
        _position++;
        return true;
    }

    public void ExpectOperator(string text)
    {
        if (!TryTakeOperator(text)) throw Expected($"'{text}'");
    }

    public void ExpectName(string text)
    {
        if (!TryTakeName(text)) throw Expected($"'{text}'");
    }

    public void Expect(TemplateTokenKind kind, string text)
    {
        if (Current.Kind != kind) throw Expected($"'{text}'");
        _position++;
    }

    public string ExpectIdentifier(string what) => Current.Kind == TemplateTokenKind.Name ? Take().Text : throw Expected(what);

    public ChatTemplateException Expected(string what) => Error($"expected {what}, found {Current}.");

    public ChatTemplateException Error(string problem) => new(Line, problem);

    /// <summary>Goes one level deeper, which every parser that calls itself does.</summary>
    public void PushDepth()
    {
        if (++_depth > DepthMax) throw Error($"it nests more than {DepthMax} levels deep.");
    }

    public void PopDepth() => _depth--;
}
