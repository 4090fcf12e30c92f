using System.Globalization;

namespace Trireme.Inference.Grammars.Patterns;

/// <summary>
/// Reads regular expressions: the part that ECMAScript, Python and .NET have in common and that a finite automaton can keep. Classes
/// such as \d and \w mean their ASCII characters, as in ECMAScript, the dialect of JSON Schema. What a lookahead demands of the rest of
/// the text is demanded of what follows it in its alternative, which must be one of the outermost for that.
/// </summary>
internal sealed class PatternParser
{
    private const int LengthMax = 16_384;
    private const int RepeatMax = 10_000;
    private const int DepthMax = 100;

    private readonly string _text;
    private readonly string _place;
    private readonly bool _unanchored;
    private int _at;
    private int _depth;
    private long _cost;

    private PatternParser(string text, string place, bool unanchored)
    {
        _text = text;
        _place = place;
        _unanchored = unanchored;
    }

    /// <summary>Reads an expression that must match the whole text; anchors at its ends change nothing.</summary>
    /// <exception cref="GrammarException">The expression is malformed or needs more than a finite automaton.</exception>
    public static Pattern ParseWhole(string text, string place) => new PatternParser(text, place, unanchored: false).Parse();

    /// <summary>Reads an expression that may match anywhere in the text unless anchored, as JSON Schema's patterns do.</summary>
    /// <exception cref="GrammarException">The expression is malformed or needs more than a finite automaton.</exception>
    public static Pattern ParseAnywhere(string text, string place) => new PatternParser(text, place, unanchored: true).Parse();

    private static Pattern AnyText { get; } = Pattern.Repeat(new SetPattern(CharacterSet.All), 0, null);

    private bool AtEnd => _at == _text.Length;

    private char Here => _text[_at];

    private Pattern Parse()
    {
        if (_text.Length > LengthMax) throw Problem($"is longer than {LengthMax} characters");
        Pattern pattern = Alternatives(outermost: true);
        if (!AtEnd) throw Problem("has a ')' without its '('");
        return pattern;
    }

    private Pattern Alternatives(bool outermost)
    {
        var alternatives = new List<Pattern> { Branch(outermost) };
        while (!AtEnd && Here == '|')
        {
            _at++;
            alternatives.Add(Branch(outermost));
        }

        return alternatives.Count == 1 ? alternatives[0] : new AnyPattern(alternatives);
    }

    private SequencePattern Branch(bool outermost)
    {
        var parts = new List<Pattern>();
        bool fromStart = false, toEnd = false;
        if (outermost && !AtEnd && Here == '^')
        {
            fromStart = true;
            _at++;
        }

        var looks = new List<(int At, Pattern Ahead, bool IsNegative)>();
        while (!AtEnd && Here is not ('|' or ')'))
        {
            if (outermost && (IsAt("(?=") || IsAt("(?!")))
            {
                bool isNegative = _text[_at + 2] == '!';
                looks.Add((parts.Count, Lookahead(mayAnchor: (fromStart || !_unanchored) && parts.Count == 0), isNegative));
                continue;
            }

            if (outermost && Here == '$' && (_at + 1 == _text.Length || _text[_at + 1] == '|'))
            {
                toEnd = true;
                _at++;
                break;
            }

            parts.Add(Quantified(Atom()));
        }

        if (outermost && _unanchored && !toEnd) parts.Add(AnyText);
        for (int i = looks.Count - 1; i >= 0; i--)
        {
            (int at, Pattern ahead, bool isNegative) = looks[i];
            var rest = new SequencePattern(parts[at..]);
            parts.RemoveRange(at, parts.Count - at);
            parts.Add(Spent(isNegative ? Pattern.Except(rest, ahead) : Pattern.Both(rest, ahead), rest.Cost));
        }

        if (outermost && _unanchored && !fromStart) parts.Insert(0, AnyText);
        return new SequencePattern(parts);
    }

    /// <summary>Counts what the automata of all lookaheads cost together.</summary>
    /// <param name="pattern">The newest.</param>
    /// <param name="before">What was counted of it before.</param>
    private Pattern Spent(Pattern pattern, long before)
    {
        _cost += pattern.Cost - before;
        return _cost <= Automaton.CostMax ? pattern : throw Problem("has lookaheads that take too much work together; write fewer");
    }

    /// <summary>What the rest of the text must be, or must not be, for a lookahead: its expression and then anything.</summary>
    /// <param name="mayAnchor">Nothing stands before it, so that its own anchor at the start changes nothing.</param>
    private AnyPattern Lookahead(bool mayAnchor)
    {
        if (++_depth > DepthMax) throw Problem($"is nested deeper than {DepthMax} levels");
        _at += 3;
        var alternatives = new List<Pattern>();
        while (true)
        {
            if (!AtEnd && Here == '^')
            {
                if (!mayAnchor) throw Problem("has a '^' in a lookahead that does not stand at the start");
                _at++;
            }

            var parts = new List<Pattern>();
            bool toEnd = false;
            while (!AtEnd && Here is not ('|' or ')'))
            {
                toEnd = Here == '$' && _at + 1 < _text.Length && _text[_at + 1] is '|' or ')';
                if (toEnd) _at++;
                else parts.Add(Quantified(Atom()));
            }

            if (!toEnd) parts.Add(AnyText);
            alternatives.Add(new SequencePattern(parts));
            if (AtEnd) throw Problem("has a '(' without its ')'");
            if (_text[_at++] == ')') break;
        }

        if (!AtEnd && Here is '*' or '+' or '?' or '{') throw Problem("repeats a lookahead, which means nothing");
        _depth--;
        return new AnyPattern(alternatives);
    }

    private bool IsAt(string mark) => _text.AsSpan(_at).StartsWith(mark, StringComparison.Ordinal);

    private Pattern Quantified(Pattern part)
    {
        while (!AtEnd)
        {
            (int Minimum, int? Maximum) limits;
            switch (Here)
            {
                case '*': limits = (0, null); break;
                case '+': limits = (1, null); break;
                case '?': limits = (0, 1); break;
                case '{' when ReadLimits() is { } read: limits = read; break;
                default: return part;
            }

            _at++;
            // Lazy matching finds another match first, but matches the same texts. A possessive one does not.
            if (!AtEnd && Here == '?') _at++;
            if (!AtEnd && Here == '+') throw Problem("holds a possessive quantifier, which is not supported; leave out the second '+'");
            part = new RepeatPattern(part, limits.Minimum, limits.Maximum);
            if (!AtEnd && Here is '*' or '?' or '{') throw Problem("repeats a repetition; put the inner one in parentheses");
        }

        return part;
    }

    /// <summary>Reads {m}, {m,} or {m,n} up to its closing brace; null where the brace is only a character.</summary>
    private (int, int?)? ReadLimits()
    {
        int end = _text.IndexOf('}', _at);
        if (end < 0) return null;
        ReadOnlySpan<char> inner = _text.AsSpan(_at + 1, end - _at - 1);
        int comma = inner.IndexOf(',');
        if (!TryCount(comma < 0 ? inner : inner[..comma], out int minimum)) return null;
        int? maximum = minimum;
        if (comma >= 0)
        {
            ReadOnlySpan<char> upper = inner[(comma + 1)..];
            maximum = null;
            if (!upper.IsEmpty)
            {
                if (!TryCount(upper, out int most)) return null;
                maximum = most;
            }
        }

        if (maximum < minimum) throw Problem("holds a repetition whose limits are the wrong way round");
        if (minimum > RepeatMax || maximum > RepeatMax) throw Problem($"repeats a part more than {RepeatMax} times");
        _at = end;
        return (minimum, maximum);
    }

    private static bool TryCount(ReadOnlySpan<char> digits, out int count)
    {
        count = 0;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9')) return false;
        // A count too long for an integer is over the limit as well.
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out count)) count = int.MaxValue;
        return true;
    }

    private Pattern Atom()
    {
        char next = Here;
        switch (next)
        {
            case '(':
                return Group();
            case '[':
                _at++;
                return new SetPattern(new ClassParser(_text, _at, Problem).Read(out _at));
            case '.':
                _at++;
                return new SetPattern(CharacterSet.Dot);
            case '\\':
                return new SetPattern(new ClassParser(_text, _at, Problem).ReadEscape(inClass: false, out _at));
            case '*' or '+' or '?':
                throw Problem($"has a '{next}' with nothing before it");
            case '^' or '$':
                throw Problem($"has a '{next}' inside; anchors are supported at the ends of the outermost alternatives only");
            default:
                int character = char.IsSurrogatePair(_text, _at) ? char.ConvertToUtf32(_text, _at) : next;
                if (character is >= 0xD800 and <= 0xDFFF) throw Problem("holds half a surrogate pair");
                _at += character > 0xFFFF ? 2 : 1;
                return Pattern.One(character);
        }
    }

    private Pattern Group()
    {
        if (++_depth > DepthMax) throw Problem($"is nested deeper than {DepthMax} levels");
        _at++;
        if (!AtEnd && Here == '?') SkipGroupKind();
        Pattern inner = Alternatives(outermost: false);
        if (AtEnd) throw Problem("has a '(' without its ')'");
        _at++;
        _depth--;
        return inner;
    }

    /// <summary>Groups are only brackets here, whether they capture, are named or not.</summary>
    private void SkipGroupKind()
    {
        ReadOnlySpan<char> rest = _text.AsSpan(_at);
        if (rest.StartsWith("?:", StringComparison.Ordinal))
        {
            _at += 2;
            return;
        }

        int name = rest.StartsWith("?P<", StringComparison.Ordinal) ? 3 : rest.StartsWith("?<", StringComparison.Ordinal) ? 2 : 0;
        int end = rest.IndexOf('>');
        bool isNamed = name > 0 && end > name && !rest[name..end].ContainsAnyExcept(NameCharacters);
        if (!isNamed)
        {
            bool isAhead = IsAt("?=") || IsAt("?!");
            throw Problem(isAhead
                ? "holds a lookahead inside a group or another lookahead, which is not supported; move it to the outermost level"
                : "holds a lookbehind or an inline option, which is not supported; rewrite it without");
        }

        _at += end + 1;
    }

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");

    private GrammarException Problem(string problem) => new($"{_place} {problem} (at character {Math.Min(_at, _text.Length)}).");
}
