namespace Trireme.Inference.Templates.Syntax;

/// <summary>
/// Cuts a template into text and tags and controls white space as transformers sets Jinja up: a newline after a block tag is
/// dropped (trim_blocks), white space between a line's start and a block tag is dropped (lstrip_blocks), '-' strips on its side and
/// '+' keeps on its side; one newline at the template's end is dropped.
/// </summary>
internal sealed class TemplateLexer
{
    private readonly string _source;
    private readonly List<TemplateToken> _tokens = [];
    private int _position;
    private int _line = 1;

    // Whether the last tag ended with a line break, so that what follows is at a line's start.
    private bool _atLineStart = true;

    private TemplateLexer(string source)
    {
        _source = source.ReplaceLineEndings("\n");
        if (_source.EndsWith('\n')) _source = _source[..^1];
    }

    public static List<TemplateToken> Tokenize(string source)
    {
        var lexer = new TemplateLexer(source);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (NextTag() is var tag and >= 0)
        {
            char kind = _source[tag + 1];
            char sign = Sign(tag + 2);
            AddText(_position, TextEnd(tag, kind, sign));
            MoveTo(tag + (sign == '\0' ? 2 : 3));
            if (kind == '#') SkipComment();
            else if (kind == '{') ReadTag(TemplateTokenKind.OutputBegin, TemplateTokenKind.OutputEnd, "}}");
            else if (!TryReadRaw()) ReadTag(TemplateTokenKind.BlockBegin, TemplateTokenKind.BlockEnd, "%}");
        }

        AddText(_position, _source.Length);
        MoveTo(_source.Length);
        Add(TemplateTokenKind.End, "");
    }

    private int NextTag()
    {
        for (int at = _position; (at = _source.IndexOf('{', at)) >= 0 && at + 1 < _source.Length; at++)
        {
            if (_source[at + 1] is '{' or '%' or '#') return at;
        }

        return -1;
    }

    private char Sign(int position) => position < _source.Length && _source[position] is '-' or '+' ? _source[position] : '\0';

    /// <summary>Where the text before a tag ends once white space is controlled.</summary>
    private int TextEnd(int tag, char kind, char sign)
    {
        ReadOnlySpan<char> text = _source.AsSpan(_position, tag - _position);
        if (sign == '-') return _position + text.TrimEnd().Length;
        if (sign == '+' || kind == '{') return tag;
        int lineStart = text.LastIndexOf('\n') + 1;
        bool blank = text[lineStart..].IsWhiteSpace() && (lineStart > 0 || _atLineStart);
        return blank ? _position + lineStart : tag;
    }

    private void SkipComment()
    {
        int end = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0) throw Error("a comment has no end '#}'.");
        char sign = end > _position ? Sign(end - 1) : '\0';
        MoveTo(end + 2);
        EndTag(sign, trimsNewline: true);
    }

    /// <summary>What follows a tag's closing braces.</summary>
    private void EndTag(char sign, bool trimsNewline)
    {
        int end = _position;
        if (sign == '-')
        {
            while (end < _source.Length && char.IsWhiteSpace(_source[end])) end++;
        }
        else if (trimsNewline && sign != '+' && end < _source.Length && _source[end] == '\n')
        {
            end++;
        }

        _atLineStart = end > _position && _source[end - 1] == '\n';
        MoveTo(end);
    }

    /// <summary>{% raw %} shows everything up to {% endraw %} as it is written.</summary>
    private bool TryReadRaw()
    {
        if (KeywordTagEnd(_position, "raw") is not { } begin) return false;
        MoveTo(begin.End);
        EndTag(begin.Sign, trimsNewline: false);
        for (int tag = _position; (tag = _source.IndexOf("{%", tag, StringComparison.Ordinal)) >= 0; tag += 2)
        {
            char sign = Sign(tag + 2);
            if (KeywordTagEnd(tag + (sign == '\0' ? 2 : 3), "endraw") is not { } end) continue;
            AddText(_position, TextEnd(tag, '%', sign));
            MoveTo(end.End);
            EndTag(end.Sign, trimsNewline: true);
            return true;
        }

        throw Error("'raw' has no 'endraw'.");
    }

    private (int End, char Sign)? KeywordTagEnd(int position, string keyword)
    {
        position = SkipSpaces(position);
        if (string.CompareOrdinal(_source, position, keyword, 0, keyword.Length) != 0) return null;
        position = SkipSpaces(position + keyword.Length);
        char sign = Sign(position);
        if (sign != '\0') position++;
        return string.CompareOrdinal(_source, position, "%}", 0, 2) == 0 ? (position + 2, sign) : null;
    }

    private int SkipSpaces(int position)
    {
        while (position < _source.Length && char.IsWhiteSpace(_source[position])) position++;
        return position;
    }

    private void ReadTag(TemplateTokenKind begin, TemplateTokenKind end, string closing)
    {
        Add(begin, closing == "}}" ? "{{" : "{%");
        var brackets = new Stack<char>();
        while (true)
        {
            MoveTo(SkipSpaces(_position));
            if (_position >= _source.Length) throw Error($"a tag has no end '{closing}'.");
            if (brackets.Count == 0)
            {
                char sign = Sign(_position);
                int braces = sign == '\0' || (sign == '+' && end == TemplateTokenKind.OutputEnd) ? _position : _position + 1;
                if (string.CompareOrdinal(_source, braces, closing, 0, 2) == 0)
                {
                    Add(end, closing);
                    MoveTo(braces + 2);
                    EndTag(sign, trimsNewline: end == TemplateTokenKind.BlockEnd);
                    return;
                }
            }

            ReadToken(brackets);
        }
    }

    private void ReadToken(Stack<char> brackets)
    {
        bool afterDot = _tokens[^1] is { Kind: TemplateTokenKind.Operator, Text: "." };
        (TemplateTokenKind kind, string text, int length) = ExpressionScanner.Scan(_source, _position, afterDot, _line);
        if (kind == TemplateTokenKind.Operator) Balance(text[0], brackets);
        Add(kind, text);
        MoveTo(_position + length);
    }

    private void Balance(char bracket, Stack<char> brackets)
    {
        if (bracket is '(' or '[' or '{') brackets.Push(bracket);
        if (bracket is not (')' or ']' or '}')) return;
        char opening = bracket switch { ')' => '(', ']' => '[', _ => '{' };
        if (!brackets.TryPop(out char open) || open != opening) throw Error($"'{bracket}' closes nothing.");
    }

    private void AddText(int start, int end)
    {
        if (end > start) Add(TemplateTokenKind.Text, _source[start..end]);
    }

    private void Add(TemplateTokenKind kind, string text) => _tokens.Add(new TemplateToken(kind, text, _line));

    private void MoveTo(int position)
    {
        _line += _source.AsSpan(_position, position - _position).Count('\n');
        _position = position;
    }

    private ChatTemplateException Error(string problem) => new(_line, problem);
}
