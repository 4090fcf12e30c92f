namespace Trireme.ApiServer.Selectors;

/// <summary>Recursive descent over the text of a label selector. Throws <see cref="FormatException"/> with the place at fault.</summary>
internal sealed class LabelSelectorParser(string text)
{
    private const string Special = "=!(),";

    private int _position;

    public IReadOnlyList<LabelRequirement> Parse()
    {
        var requirements = new List<LabelRequirement>();
        do
        {
            requirements.Add(Requirement());
        }
        while (TryTake(','));

        SkipSpace();
        return _position == text.Length ? requirements : throw Fault("a comma or the end");
    }

    private LabelRequirement Requirement()
    {
        if (TryTake('!')) return new LabelRequirement(Word("a label key"), LabelOperator.DoesNotExist, []);

        string key = Word("a label key");
        if (TryTake('!')) return Take('=') ? Equality(key, LabelOperator.NotIn) : throw Fault("'=' after '!'");
        if (TryTake('='))
        {
            Take('=');
            return Equality(key, LabelOperator.In);
        }

        SkipSpace();
        if (_position == text.Length || text[_position] == ',') return new LabelRequirement(key, LabelOperator.Exists, []);
        return Word("an operator") switch
        {
            "in" => new LabelRequirement(key, LabelOperator.In, Values()),
            "notin" => new LabelRequirement(key, LabelOperator.NotIn, Values()),
            string other => throw new FormatException($"'{other}' is not an operator; use =, ==, !=, in or notin"),
        };
    }

    private LabelRequirement Equality(string key, LabelOperator comparison)
    {
        SkipSpace();
        string value = _position == text.Length || text[_position] == ',' ? "" : Word("a label value");
        return new LabelRequirement(key, comparison, [value]);
    }

    private List<string> Values()
    {
        if (!TryTake('(')) throw Fault("'('");
        var values = new List<string>();
        do
        {
            SkipSpace();
            bool empty = _position < text.Length && text[_position] is ',' or ')';
            values.Add(empty ? "" : Word("a label value"));
        }
        while (TryTake(','));

        return TryTake(')') ? values : throw Fault("',' or ')'");
    }

    private string Word(string expected)
    {
        SkipSpace();
        int start = _position;
        while (_position < text.Length && !Special.Contains(text[_position]) && !char.IsWhiteSpace(text[_position]))
        {
            if (!IsLabelCharacter(text[_position])) throw Fault("a letter, digit, '-', '_', '.' or '/'");
            _position++;
        }

        return _position > start ? text[start.._position] : throw Fault(expected);
    }

    private static bool IsLabelCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/';

    private bool TryTake(char c)
    {
        SkipSpace();
        return Take(c);
    }

    private bool Take(char c)
    {
        if (_position == text.Length || text[_position] != c) return false;
        _position++;
        return true;
    }

    private void SkipSpace()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position])) _position++;
    }

    private FormatException Fault(string expected) =>
        new($"expected {expected} at position {_position}, found {(_position < text.Length ? $"'{text[_position]}'" : "the end")}");
}
