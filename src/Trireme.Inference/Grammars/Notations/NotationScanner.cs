using System.Globalization;
using System.Text;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Notations;

/// <summary>Reads what the notations of grammars have in common.</summary>
/// <param name="text">The grammar.</param>
/// <param name="comment">What begins a comment that goes on to the end of its line.</param>
internal sealed class NotationScanner(string text, string comment)
{
    private const int RepeatMax = 10_000;

    /// <summary>Groups within one another, since what reads and writes them calls itself.</summary>
    private const int DepthMax = 100;

    private int _depth;
    private long _cost;

    public int At { get; set; }

    public bool AtEnd => At >= text.Length;

    /// <summary>The next character; a zero at the end.</summary>
    public char Here => AtEnd ? '\0' : text[At];

    /// <summary>Counted from 1.</summary>
    public int Line => text.AsSpan(0, Math.Min(At, text.Length)).Count('\n') + 1;

    public GrammarException Problem(string problem) => new($"The grammar {problem} (line {Line}).");

    public void SkipSpace(bool sameLine = false)
    {
        while (!AtEnd)
        {
            if (IsAt(comment)) At = text.IndexOf('\n', At) is >= 0 and int end ? end : text.Length;
            else if (char.IsWhiteSpace(Here) && !(sameLine && Here == '\n')) At++;
            else return;
        }
    }

    public bool IsAt(string mark) => text.AsSpan(Math.Min(At, text.Length)).StartsWith(mark, StringComparison.Ordinal);

    /// <summary>Takes a mark if it is next.</summary>
    public bool Take(string mark)
    {
        if (!IsAt(mark)) return false;
        At += mark.Length;
        return true;
    }

    /// <summary>Takes a name: letters, digits, underscores and what else a notation allows.</summary>
    public string? TakeName(string others)
    {
        int start = At;
        while (char.IsAsciiLetterOrDigit(Here) || Here == '_' || (At > start && others.Contains(Here, StringComparison.Ordinal))) At++;
        return At == start ? null : text[start..At];
    }

    /// <summary>Takes a text in quotes.</summary>
    public string TakeText()
    {
        char quote = text[At++];
        var value = new StringBuilder();
        while (Here != quote)
        {
            if (AtEnd || Here == '\n') throw Problem($"has a {quote} without its second one");
            if (Here == '\\') value.Append(TakeEscape());
            else value.Append(text[At++]);
        }

        At++;
        string taken = value.ToString();
        bool isHalf = taken.EnumerateRunes().Contains(Rune.ReplacementChar) && !taken.Contains('\uFFFD', StringComparison.Ordinal);
        return isHalf ? throw Problem("holds half a surrogate pair") : taken;
    }

    /// <summary>Takes a class of characters in brackets.</summary>
    public Pattern TakeClass()
    {
        var set = new ClassParser(text, At + 1, Problem).Read(out int end);
        At = end;
        return new SetPattern(set);
    }

    /// <summary>Takes a regular expression between slashes, with its flags.</summary>
    public Pattern TakeExpression()
    {
        int start = ++At;
        for (bool inClass = false; Here != '/' || inClass; At++)
        {
            if (AtEnd || Here == '\n') throw Problem("has a '/' without its second one");
            if (Here == '\\') At++;
            else if (Here == '[') inClass = true;
            else if (Here == ']') inClass = false;
        }

        string expression = text[start..At++];
        string flags = "";
        while (char.IsAsciiLetter(Here)) flags += text[At++];
        if (flags.AsSpan().ContainsAnyExcept("iu")) throw Problem($"holds the flags '{flags}'; supported is i");
        Pattern pattern = PatternParser.ParseWhole(expression, $"The expression in line {Line} of the grammar");
        _cost += pattern.Cost;
        if (_cost > Automaton.CostMax) throw Problem("has expressions with lookaheads that take too much work together; write fewer");
        return flags.Contains('i', StringComparison.Ordinal) ? IgnoreCase(pattern) : pattern;
    }

    /// <summary>Takes a number.</summary>
    public int TakeCount()
    {
        int start = At;
        while (char.IsAsciiDigit(Here)) At++;
        bool isCount = int.TryParse(text.AsSpan(start, At - start), NumberStyles.None, CultureInfo.InvariantCulture, out int count);
        return isCount && count <= RepeatMax ? count : throw Problem($"needs a number up to {RepeatMax} here");
    }

    /// <summary>Reads a group one level deeper.</summary>
    public T Nested<T>(Func<T> read)
    {
        if (++_depth > DepthMax) throw Problem($"is nested deeper than {DepthMax} levels");
        T value = read();
        _depth--;
        return value;
    }

    /// <summary>A text whose letters may be of either case.</summary>
    public static Pattern IgnoreCase(Pattern pattern) => pattern switch
    {
        SetPattern set => new SetPattern(EitherCase(set.Set)),
        SequencePattern sequence => new SequencePattern([.. sequence.Parts.Select(IgnoreCase)]),
        AnyPattern any => new AnyPattern([.. any.Alternatives.Select(IgnoreCase)]),
        RepeatPattern repeat => repeat with { Part = IgnoreCase(repeat.Part) },
        _ => throw new GrammarException("A lookahead cannot ignore the case of letters."),
    };

    private static CharacterSet EitherCase(CharacterSet set)
    {
        var ranges = new List<CharacterRange>();
        foreach (CharacterRange range in set.Ranges)
        {
            ranges.Add(range);
            for (char lower = 'a'; lower <= 'z'; lower++)
            {
                int upper = lower - 32;
                if (range.First <= lower && lower <= range.Last) ranges.Add(new CharacterRange(upper));
                if (range.First <= upper && upper <= range.Last) ranges.Add(new CharacterRange(lower));
            }
        }

        return CharacterSet.Of([.. ranges]);
    }

    private string TakeEscape()
    {
        At++;
        char kind = Here;
        At++;
        switch (kind)
        {
            case 'n': return "\n";
            case 'r': return "\r";
            case 't': return "\t";
            case 'b': return "\b";
            case 'f': return "\f";
            case 'x': return TakeHex(2);
            case 'u': return TakeHex(4);
            case 'U': return TakeHex(8);
            case '\0': throw Problem("ends with a backslash");
            default:
                if (char.IsAsciiLetterOrDigit(kind)) throw Problem($"holds \\{kind} in a text, which is not supported");
                return kind.ToString();
        }
    }

    private string TakeHex(int digits)
    {
        int value = -1;
        bool isNumber = At + digits <= text.Length
            && int.TryParse(text.AsSpan(At, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        if (!isNumber || !Rune.IsValid(value)) throw Problem($"holds an escape that needs {digits} hexadecimal digits of a character");
        At += digits;
        return new Rune(value).ToString();
    }
}
