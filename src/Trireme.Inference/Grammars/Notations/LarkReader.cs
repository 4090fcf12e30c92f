using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Notations;

/// <summary>
/// Reads grammars in Lark's notation: rules in small letters, terminals in capitals, and %ignore and %import common. Names of alternatives,
/// priorities and the marks ? and ! say nothing about which texts match. What is ignored may follow every terminal.
/// </summary>
internal sealed class LarkReader
{
    private static readonly Dictionary<string, string> Common = new(StringComparer.Ordinal)
    {
        ["DIGIT"] = "[0-9]",
        ["HEXDIGIT"] = "[0-9A-Fa-f]",
        ["INT"] = "[0-9]+",
        ["SIGNED_INT"] = "[+-]?[0-9]+",
        ["DECIMAL"] = @"[0-9]+\.[0-9]*|\.[0-9]+",
        ["FLOAT"] = @"[0-9]+[eE][+-]?[0-9]+|(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
        ["SIGNED_FLOAT"] = @"[+-]?(?:[0-9]+[eE][+-]?[0-9]+|(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)",
        ["NUMBER"] = @"[0-9]+|[0-9]+[eE][+-]?[0-9]+|(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
        ["SIGNED_NUMBER"] = @"[+-]?(?:[0-9]+|[0-9]+[eE][+-]?[0-9]+|(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)",
        ["ESCAPED_STRING"] = @"""(?:[^""\\\n]|\\[^\n])*""",
        ["LCASE_LETTER"] = "[a-z]",
        ["UCASE_LETTER"] = "[A-Z]",
        ["LETTER"] = "[A-Za-z]",
        ["WORD"] = "[A-Za-z]+",
        ["CNAME"] = "[_A-Za-z][_A-Za-z0-9]*",
        ["WS_INLINE"] = @"[ \t]+",
        ["WS"] = @"[ \t\f\r\n]+",
        ["CR"] = @"\r",
        ["LF"] = @"\n",
        ["NEWLINE"] = @"(?:\r?\n)+",
        ["SH_COMMENT"] = @"#[^\n]*",
        ["CPP_COMMENT"] = @"//[^\n]*",
        ["SQL_COMMENT"] = @"--[^\n]*",
    };

    private readonly NotationScanner _scanner;
    private readonly RuleTable _rules;
    private readonly List<(string Name, int Start, int Line)> _definitions = [];
    private readonly List<Pattern> _ignored = [];
    private Pattern _gap = Pattern.Nothing;
    private bool _inTerminal;

    public LarkReader(string text, RuleTable rules)
    {
        _scanner = new NotationScanner(text, "//");
        _rules = rules;
    }

    public void Read()
    {
        // What is ignored may be said at the end, and stands in every rule.
        _inTerminal = true;
        for (_scanner.SkipSpace(); !_scanner.AtEnd; _scanner.SkipSpace())
        {
            if (_scanner.Here == '%') ReadDirective();
            else SkipDefinition();
        }

        if (_ignored.Count > 0) _gap = Pattern.Repeat(new AnyPattern(_ignored), 0, null);
        foreach ((string name, int start, int line) in _definitions)
        {
            _scanner.At = start;
            _inTerminal = IsTerminal(name);
            _rules.Define(name, Alternatives(), line);
        }

        if (!_rules.IsDefined("start"))
        {
            throw new GrammarException("The grammar has no rule named start, which says what the whole text is.");
        }

        _rules.StartWith("start", _gap);
    }

    private static bool IsTerminal(string name) => name.TrimStart('_') is { Length: > 0 } rest && char.IsAsciiLetterUpper(rest[0]);

    private void ReadDirective()
    {
        if (_scanner.Take("%ignore"))
        {
            _scanner.SkipSpace();
            _ignored.Add(Alternatives());
        }
        else if (_scanner.Take("%import"))
        {
            _scanner.SkipSpace(sameLine: true);
            if (!_scanner.Take("common")) throw _scanner.Problem("imports from another library than common, which is not supported");
            if (_scanner.Take("."))
            {
                Import(closer: "");
                return;
            }

            _scanner.SkipSpace(sameLine: true);
            if (!_scanner.Take("(")) throw _scanner.Problem("needs the name of a terminal here");
            for (_scanner.SkipSpace(); !_scanner.Take(")"); _scanner.SkipSpace())
            {
                Import(closer: ")");
                _scanner.SkipSpace();
                _scanner.Take(",");
            }
        }
        else
        {
            throw _scanner.Problem("holds a directive that is not supported; known are %ignore and %import common");
        }
    }

    private void Import(string closer)
    {
        int line = _scanner.Line;
        string name = _scanner.TakeName("") ?? throw _scanner.Problem("needs the name of a terminal here");
        if (!Common.TryGetValue(name, out string? expression))
        {
            throw _scanner.Problem($"imports common.{name}, which is not known; known are {string.Join(", ", Common.Keys)}");
        }

        if (closer.Length == 0)
        {
            _scanner.SkipSpace(sameLine: true);
            if (_scanner.Take("->"))
            {
                _scanner.SkipSpace(sameLine: true);
                name = _scanner.TakeName("") ?? throw _scanner.Problem("needs a name here");
            }
        }

        if (!_rules.IsDefined(name)) _rules.Define(name, PatternParser.ParseWhole(expression, $"common.{name}"), line);
    }

    /// <summary>Remembers where a definition is. Its text is read to know where it ends.</summary>
    private void SkipDefinition()
    {
        int line = _scanner.Line;
        if (TakeDefinition() is not { } name) throw _scanner.Problem("needs a rule of the form name: ... here");
        _definitions.Add((name, _scanner.At, line));
        Alternatives();
    }

    private string? TakeDefinition()
    {
        int start = _scanner.At;
        if (_scanner.Here is '?' or '!') _scanner.At++;
        if (_scanner.TakeName("") is { } name)
        {
            if (_scanner.Here == '{') throw _scanner.Problem("holds a template, which is not supported");
            if (_scanner.Take(".")) _scanner.TakeCount();
            _scanner.SkipSpace(sameLine: true);
            if (_scanner.Take(":")) return name;
        }

        _scanner.At = start;
        return null;
    }

    private bool IsDefinition()
    {
        int start = _scanner.At;
        bool isOne = _scanner.Here == '%' || TakeDefinition() is not null;
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
        for (_scanner.SkipSpace(); !_scanner.AtEnd && _scanner.Here is not ('|' or ')' or ']'); _scanner.SkipSpace())
        {
            if (_scanner.Take("->"))
            {
                _scanner.SkipSpace();
                _scanner.TakeName("");
                continue;
            }

            if (IsDefinition()) break;
            parts.Add(Repeated(Part()));
        }

        return new SequencePattern(parts);
    }

    private Pattern Part()
    {
        switch (_scanner.Here)
        {
            case '"':
                return WithGap(Text());
            case '/':
                return WithGap(_scanner.TakeExpression());
            case '(':
                _scanner.At++;
                Pattern inner = _scanner.Nested(Alternatives);
                return _scanner.Take(")") ? inner : throw _scanner.Problem("has a '(' without its ')'");
            case '[':
                _scanner.At++;
                Pattern optional = _scanner.Nested(Alternatives);
                return _scanner.Take("]") ? Pattern.Optional(optional) : throw _scanner.Problem("has a '[' without its ']'");
            default:
                int line = _scanner.Line;
                string name = _scanner.TakeName("") ?? throw _scanner.Problem($"holds '{_scanner.Here}', which means nothing here");
                if (_scanner.Here == '{') throw _scanner.Problem("holds a template, which is not supported");
                Pattern use = _rules.Use(name, line);
                return IsTerminal(name) ? WithGap(use) : use;
        }
    }

    /// <summary>A terminal and what is ignored behind it; within a terminal nothing is.</summary>
    private Pattern WithGap(Pattern terminal) => _inTerminal || _ignored.Count == 0 ? terminal : Pattern.Sequence(terminal, _gap);

    private Pattern Text()
    {
        string text = _scanner.TakeText();
        if (_scanner.Here == 'i')
        {
            _scanner.At++;
            return NotationScanner.IgnoreCase(Pattern.Text(text));
        }

        if (!_scanner.Take("..")) return Pattern.Text(text);
        string last = _scanner.Here == '"' ? _scanner.TakeText() : "";
        System.Text.Rune[] ends = [.. text.EnumerateRunes(), .. last.EnumerateRunes()];
        if (ends.Length != 2 || ends[1] < ends[0]) throw _scanner.Problem("holds a range whose ends are not two characters in order");
        return new SetPattern(CharacterSet.Of(new CharacterRange(ends[0].Value, ends[1].Value)));
    }

    private Pattern Repeated(Pattern part)
    {
        switch (_scanner.Here)
        {
            case '*': part = Pattern.Repeat(part, 0, null); break;
            case '+': part = Pattern.Repeat(part, 1, null); break;
            case '?': part = Pattern.Optional(part); break;
            default:
                _scanner.SkipSpace(sameLine: true);
                return _scanner.Take("~") ? Counted(part) : part;
        }

        _scanner.At++;
        return part;
    }

    private Pattern Counted(Pattern part)
    {
        _scanner.SkipSpace(sameLine: true);
        int minimum = _scanner.TakeCount(), maximum = minimum;
        _scanner.SkipSpace(sameLine: true);
        if (_scanner.Take(".."))
        {
            _scanner.SkipSpace(sameLine: true);
            maximum = _scanner.TakeCount();
        }

        if (maximum < minimum) throw _scanner.Problem("holds a repetition whose limits are the wrong way round");
        return Pattern.Repeat(part, minimum, maximum);
    }
}
