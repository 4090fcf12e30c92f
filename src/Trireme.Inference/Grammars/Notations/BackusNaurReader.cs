using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Notations;

/// <summary>Reads grammars of rules as <c>name ::= "text" other ("a" | [0-9])* | ...</c>, the first of which to match is root.</summary>
internal sealed class BackusNaurReader
{
    private const string NameCharacters = "-.";

    private readonly NotationScanner _scanner;
    private readonly RuleTable _rules;

    public BackusNaurReader(string text, RuleTable rules)
    {
        _scanner = new NotationScanner(text, "#");
        _rules = rules;
    }

    public void Read()
    {
        for (_scanner.SkipSpace(); !_scanner.AtEnd; _scanner.SkipSpace())
        {
            int line = _scanner.Line;
            if (TakeDefinition() is not { } name) throw _scanner.Problem("needs a rule of the form name ::= ... here");
            _rules.Define(name, Alternatives(), line);
        }

        if (!_rules.IsDefined("root")) throw new GrammarException("The grammar has no rule named root, which says what the whole text is.");
        _rules.StartWith("root", Pattern.Nothing);
    }

    /// <summary>Takes a name and the mark of its definition; null where something else comes.</summary>
    private string? TakeDefinition()
    {
        int start = _scanner.At;
        if (_scanner.TakeName(NameCharacters) is { } name)
        {
            _scanner.SkipSpace(sameLine: true);
            if (_scanner.Take("::=")) return name;
        }

        _scanner.At = start;
        return null;
    }

    private bool IsDefinition()
    {
        int start = _scanner.At;
        bool isOne = TakeDefinition() is not null;
        _scanner.At = start;
        return isOne;
    }

    private Pattern Alternatives()
    {
        var alternatives = new List<Pattern> { Sequence() };
        while (_scanner.Take("|")) alternatives.Add(Sequence());
        return alternatives.Count == 1 ? alternatives[0] : new AnyPattern(alternatives);
    }

    private SequencePattern Sequence()
    {
        var parts = new List<Pattern>();
        for (_scanner.SkipSpace(); !_scanner.AtEnd && _scanner.Here is not ('|' or ')') && !IsDefinition(); _scanner.SkipSpace())
        {
            parts.Add(Repeated(Part()));
        }

        return new SequencePattern(parts);
    }

    private Pattern Part()
    {
        switch (_scanner.Here)
        {
            case '"' or '\'':
                return Pattern.Text(_scanner.TakeText());
            case '[':
                return _scanner.TakeClass();
            case '.':
                _scanner.At++;
                return new SetPattern(CharacterSet.All);
            case '(':
                _scanner.At++;
                Pattern inner = _scanner.Nested(Alternatives);
                return _scanner.Take(")") ? inner : throw _scanner.Problem("has a '(' without its ')'");
            default:
                int line = _scanner.Line;
                return _scanner.TakeName(NameCharacters) is { } name
                    ? _rules.Use(name, line)
                    : throw _scanner.Problem($"holds '{_scanner.Here}', which means nothing here");
        }
    }

    private Pattern Repeated(Pattern part)
    {
        while (true)
        {
            switch (_scanner.Here)
            {
                case '*': part = Pattern.Repeat(part, 0, null); break;
                case '+': part = Pattern.Repeat(part, 1, null); break;
                case '?': part = Pattern.Optional(part); break;
                case '{': part = Counted(part); break;
                default: return part;
            }

            _scanner.At++;
        }
    }

    private Pattern Counted(Pattern part)
    {
        _scanner.At++;
        _scanner.SkipSpace();
        int minimum = _scanner.TakeCount();
        int? maximum = minimum;
        _scanner.SkipSpace();
        if (_scanner.Take(","))
        {
            _scanner.SkipSpace();
            maximum = _scanner.Here == '}' ? null : _scanner.TakeCount();
            _scanner.SkipSpace();
        }

        if (_scanner.Here != '}') throw _scanner.Problem("has a '{' without its '}'");
        if (maximum < minimum) throw _scanner.Problem("holds a repetition whose limits are the wrong way round");
        return Pattern.Repeat(part, minimum, maximum);
    }
}
