namespace Trireme.Training.Corpus;

/// <summary>Reads one line of a grammar: literals, {words}, [choices] and &lt;rules&gt;.</summary>
internal ref struct TemplateParser
{
    private readonly ReadOnlySpan<char> _text;
    private int _position;

    private TemplateParser(ReadOnlySpan<char> text) => _text = text;

    /// <exception cref="FormatException">A bracket is not closed or a word is malformed.</exception>
    public static IReadOnlyList<TemplateNode> Parse(string text)
    {
        var parser = new TemplateParser(text);
        List<TemplateNode> nodes = parser.Sequence(insideChoice: false);
        return parser._position == text.Length ? nodes : throw new FormatException($"Unexpected '{text[parser._position]}' in \"{text}\".");
    }

    private List<TemplateNode> Sequence(bool insideChoice)
    {
        var nodes = new List<TemplateNode>();
        int start = _position;
        while (_position < _text.Length)
        {
            char next = _text[_position];
            bool ends = next == ']' || (insideChoice && next == '|');
            if (!ends && next is not ('{' or '[' or '<'))
            {
                _position++;
                continue;
            }

            Flush(nodes, start);
            if (ends) return nodes;
            nodes.Add(next switch
            {
                '{' => Word(Enclosed('}')),
                '<' => new RuleNode(Enclosed('>')),
                _ => Choice(),
            });
            start = _position;
        }

        Flush(nodes, start);
        return nodes;
    }

    private readonly void Flush(List<TemplateNode> nodes, int start)
    {
        if (_position > start) nodes.Add(new LiteralNode(_text[start.._position].ToString()));
    }

    private ChoiceNode Choice()
    {
        var options = new List<IReadOnlyList<TemplateNode>>();
        do
        {
            _position++;
            options.Add(Sequence(insideChoice: true));
        }
        while (_position < _text.Length && _text[_position] == '|');

        if (_position == _text.Length) throw new FormatException($"'[' without ']' in \"{_text}\".");
        _position++;
        return new ChoiceNode(options);
    }

    private string Enclosed(char close)
    {
        int length = _text[_position..].IndexOf(close);
        if (length < 0) throw new FormatException($"'{_text[_position]}' without '{close}' in \"{_text}\".");
        string inside = _text.Slice(_position + 1, length - 1).ToString();
        _position += length + 1;
        return inside;
    }

    private static TemplateNode Word(string text)
    {
        if (text.StartsWith('-')) return new ForgetNode(text[1..]);

        RowCondition? condition = null;
        int open = text.IndexOf('(', StringComparison.Ordinal);
        if (open >= 0)
        {
            int close = text.IndexOf(')', open);
            if (close < 0) throw new FormatException($"'(' without ')' in {{{text}}}.");
            condition = Condition(text[(open + 1)..close]);
            text = text[..open] + text[(close + 1)..];
        }

        (string head, string? column) = Split(text, '.');
        (string variable, string? table) = Split(head, ':');
        if (variable.Length == 0) throw new FormatException($"A word has no name in {{{text}}}.");
        bool capital = char.IsUpper(variable[0]);
        return new WordNode(capital ? char.ToLowerInvariant(variable[0]) + variable[1..] : variable, table, condition, column, capital);
    }

    private static RowCondition Condition(string text)
    {
        (string column, string? wanted) = Split(text, '=');
        if (wanted is null) return new RowCondition(column, null, null, null);
        (string variable, string? otherColumn) = Split(wanted, '.');
        return otherColumn is null ? new RowCondition(column, wanted, null, null) : new RowCondition(column, null, variable, otherColumn);
    }

    private static (string Before, string? After) Split(string text, char separator)
    {
        int at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }
}
