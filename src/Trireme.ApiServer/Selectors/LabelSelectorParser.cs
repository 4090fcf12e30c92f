using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Selectors;

/// <summary>Recursive descent over the text of a label selector. Throws <see cref="FormatException"/> with the place at fault.</summary>
internal sealed class LabelSelectorParser(string text)
{
    private const string Special = "=!(),<>";

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
        if (TryTake('!')) return new LabelRequirement(Key(), LabelOperator.DoesNotExist, []);

        string key = Key();
        if (TryTake('!')) return Take('=') ? Equality(key, LabelOperator.NotIn) : throw Fault("'=' after '!'");
        if (TryTake('='))
        {
            Take('=');
            return Equality(key, LabelOperator.In);
        }

        if (TryTake('>')) return Comparison(key, LabelOperator.GreaterThan);
        if (TryTake('<')) return Comparison(key, LabelOperator.LessThan);
        SkipSpace();
        if (_position == text.Length || text[_position] == ',') return new LabelRequirement(key, LabelOperator.Exists, []);
        return Word("an operator") switch
        {
            "in" => new LabelRequirement(key, LabelOperator.In, Values()),
            "notin" => new LabelRequirement(key, LabelOperator.NotIn, Values()),
            string other => throw new FormatException($"'{other}' is not an operator; use =, ==, !=, in, notin, > or <"),
        };
    }

    private LabelRequirement Equality(string key, LabelOperator comparison)
    {
        SkipSpace();
        string value = _position == text.Length || text[_position] == ',' ? "" : Value();
        return new LabelRequirement(key, comparison, [value]);
    }

    private LabelRequirement Comparison(string key, LabelOperator comparison)
    {
        string value = Value();
        return LabelRequirement.TryParse(value, out _)
            ? new LabelRequirement(key, comparison, [value])
            : throw new FormatException($"'{value}' is no whole number to compare with");
    }

    private string Key()
    {
        string key = Word("a label key");
        return NameRules.IsQualifiedName(key) ? key : throw new FormatException($"'{key}' {NameRules.QualifiedNameRule}");
    }

    private string Value()
    {
        string value = Word("a label value");
        return NameRules.IsLabelValue(value)
            ? value
            : throw new FormatException(
                $"'{value}' is no label value: at most 63 letters, digits, '-', '_' or '.' that start and end with a letter or digit");
    }

    private List<string> Values()
    {
        if (!TryTake('(')) throw Fault("'('");
        var values = new List<string>();
        do
        {
            SkipSpace();
            bool empty = _position < text.Length && text[_position] is ',' or ')';
            values.Add(empty ? "" : Value());
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
