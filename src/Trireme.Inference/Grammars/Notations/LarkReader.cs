using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Notations;

/// <summary>
/// Reads grammars in Lark's notation: rules in small letters, terminals in capitals, and %ignore and %import common. Names of alternatives,
/// priorities and the marks ? and ! say nothing about which texts match. What is ignored may follow every terminal.
/// </summary>
internal sealed class LarkReader(string text, RuleTable rules) : RuleReader(new NotationScanner(text, "//"), rules)
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

    private readonly List<(string Name, int Start, int Line)> _definitions = [];
    private readonly List<Pattern> _ignored = [];
    private Pattern _gap = Pattern.Nothing;
    private bool _inTerminal;

    public override void Read()
    {
        // What is ignored may be said at the end, and stands in every rule.
        _inTerminal = true;
        for (Scanner.SkipSpace(); !Scanner.AtEnd; Scanner.SkipSpace())
        {
            if (Scanner.Here == '%') ReadDirective();
            else SkipDefinition();
        }

        if (_ignored.Count > 0) _gap = Pattern.Repeat(new AnyPattern(_ignored), 0, null);
        foreach ((string name, int start, int line) in _definitions)
        {
            Scanner.At = start;
            _inTerminal = IsTerminal(name);
            Rules.Define(name, Alternatives(), line);
        }

        if (!Rules.IsDefined("start"))
        {
            throw new GrammarException("The grammar has no rule named start, which says what the whole text is.");
        }

        Rules.StartWith("start", _gap);
    }

    private static bool IsTerminal(string name) => name.TrimStart('_') is { Length: > 0 } rest && char.IsAsciiLetterUpper(rest[0]);

    private void ReadDirective()
    {
        if (Scanner.Take("%ignore"))
        {
            Scanner.SkipSpace();
            _ignored.Add(Alternatives());
        }
        else if (Scanner.Take("%import"))
        {
            Scanner.SkipSpace(sameLine: true);
            if (!Scanner.Take("common")) throw Scanner.Problem("imports from another library than common, which is not supported");
            if (Scanner.Take("."))
            {
                Import(closer: "");
                return;
            }

            Scanner.SkipSpace(sameLine: true);
            if (!Scanner.Take("(")) throw Scanner.Problem("needs the name of a terminal here");
            for (Scanner.SkipSpace(); !Scanner.Take(")"); Scanner.SkipSpace())
            {
                Import(closer: ")");
                Scanner.SkipSpace();
                Scanner.Take(",");
            }
        }
        else
        {
            throw Scanner.Problem("holds a directive that is not supported; known are %ignore and %import common");
        }
    }

    private void Import(string closer)
    {
        int line = Scanner.Line;
        string name = Scanner.TakeName("") ?? throw Scanner.Problem("needs the name of a terminal here");
        if (!Common.TryGetValue(name, out string? expression))
        {
            throw Scanner.Problem($"imports common.{name}, which is not known; known are {string.Join(", ", Common.Keys)}");
        }

        if (closer.Length == 0)
        {
            Scanner.SkipSpace(sameLine: true);
            if (Scanner.Take("->"))
            {
                Scanner.SkipSpace(sameLine: true);
                name = Scanner.TakeName("") ?? throw Scanner.Problem("needs a name here");
            }
        }

        if (!Rules.IsDefined(name)) Rules.Define(name, PatternParser.ParseWhole(expression, $"common.{name}"), line);
    }

    /// <summary>Remembers where a definition is. Its text is read to know where it ends.</summary>
    private void SkipDefinition()
    {
        int line = Scanner.Line;
        if (TakeDefinition() is not { } name) throw Scanner.Problem("needs a rule of the form name: ... here");
        _definitions.Add((name, Scanner.At, line));
        Alternatives();
    }

    protected override string? TakeHead()
    {
        if (Scanner.Here is '?' or '!') Scanner.At++;
        if (Scanner.TakeName("") is not { } name) return null;
        if (Scanner.Here == '{') throw Scanner.Problem("holds a template, which is not supported");
        if (Scanner.Take(".")) Scanner.TakeCount();
        Scanner.SkipSpace(sameLine: true);
        return Scanner.Take(":") ? name : null;
    }

    /// <summary>A directive ends a rule as another rule does.</summary>
    protected override bool IsDefinition() => Scanner.Here == '%' || base.IsDefinition();

    protected override SequencePattern Sequence()
    {
        var parts = new List<Pattern>();
        for (Scanner.SkipSpace(); !Scanner.AtEnd && Scanner.Here is not ('|' or ')' or ']'); Scanner.SkipSpace())
        {
            if (Scanner.Take("->"))
            {
                Scanner.SkipSpace();
                Scanner.TakeName("");
                continue;
            }

            if (IsDefinition()) break;
            parts.Add(Repeated(Part()));
        }

        return new SequencePattern(parts);
    }

    private Pattern Part()
    {
        switch (Scanner.Here)
        {
            case '"':
                return WithGap(Text());
            case '/':
                return WithGap(Scanner.TakeExpression());
            case '(':
                return Group('(', ')');
            case '[':
                return Pattern.Optional(Group('[', ']'));
            default:
                int line = Scanner.Line;
                string name = Scanner.TakeName("") ?? throw Scanner.Problem($"holds '{Scanner.Here}', which means nothing here");
                if (Scanner.Here == '{') throw Scanner.Problem("holds a template, which is not supported");
                Pattern use = Rules.Use(name, line);
                return IsTerminal(name) ? WithGap(use) : use;
        }
    }

    /// <summary>A terminal and what is ignored behind it; within a terminal nothing is.</summary>
    private Pattern WithGap(Pattern terminal) => _inTerminal || _ignored.Count == 0 ? terminal : Pattern.Sequence(terminal, _gap);

    private Pattern Text()
    {
        string text = Scanner.TakeText();
        if (Scanner.Here == 'i')
        {
            Scanner.At++;
            return NotationScanner.IgnoreCase(Pattern.Text(text));
        }

        if (!Scanner.Take("..")) return Pattern.Text(text);
        string last = Scanner.Here == '"' ? Scanner.TakeText() : "";
        System.Text.Rune[] ends = [.. text.EnumerateRunes(), .. last.EnumerateRunes()];
        if (ends.Length != 2 || ends[1] < ends[0]) throw Scanner.Problem("holds a range whose ends are not two characters in order");
        return new SetPattern(CharacterSet.Of(new CharacterRange(ends[0].Value, ends[1].Value)));
    }

    private Pattern Repeated(Pattern part)
    {
        switch (Scanner.Here)
        {
            case '*': part = Pattern.Repeat(part, 0, null); break;
            case '+': part = Pattern.Repeat(part, 1, null); break;
            case '?': part = Pattern.Optional(part); break;
            default:
                Scanner.SkipSpace(sameLine: true);
                return Scanner.Take("~") ? Counted(part) : part;
        }

        Scanner.At++;
        return part;
    }

    private Pattern Counted(Pattern part)
    {
        Scanner.SkipSpace(sameLine: true);
        int minimum = Scanner.TakeCount(), maximum = minimum;
        Scanner.SkipSpace(sameLine: true);
        if (Scanner.Take(".."))
        {
            Scanner.SkipSpace(sameLine: true);
            maximum = Scanner.TakeCount();
        }

        return Repeat(part, minimum, maximum);
    }
}
