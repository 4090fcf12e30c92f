using System.Globalization;

namespace Trireme.Telemetry.Patterns;

/// <summary>
/// Reads RE2's syntax as Go's regexp package has it, which is Prometheus'. No recursion: open groups stand on a stack of their own.
/// </summary>
internal sealed class PatternParser
{
    /// <summary>Bounds of RE2: of a count, of counts within counts, and of groups within groups.</summary>
    private const int MaxCount = 1000;
    private const int MaxHeight = 1000;

    /// <summary>Ranges of all classes in brackets; the largest script has 60.</summary>
    private const int MaxRanges = 200_000;

    private readonly PatternText _text;
    private readonly Stack<OpenGroup> _open = new();
    private readonly List<string?> _groupNames = [null];
    private PatternFlags _flags;
    private int _ranges;

    private PatternParser(string pattern, PatternFlags flags)
    {
        _text = new PatternText(pattern);
        _flags = flags;
    }

    /// <exception cref="PatternException">RE2 refuses the pattern.</exception>
    public static ParsedPattern Parse(string pattern, PatternFlags flags)
    {
        var parser = new PatternParser(pattern, flags);
        return new ParsedPattern(parser.ReadAll(), parser._groupNames);
    }

    private PatternNode ReadAll()
    {
        _open.Push(new OpenGroup(0, _flags));
        int lastRepeat = -1;
        while (!_text.IsAtEnd)
        {
            int start = _text.At;
            bool repeats = ReadNext(lastRepeat);
            lastRepeat = repeats ? start : -1;
        }

        OpenGroup outermost = _open.Pop();
        return _open.Count == 0 ? outermost.ToNode() : throw PatternException.UnclosedGroup(_text.Whole);
    }

    /// <summary>Reads one element; true for a repetition.</summary>
    private bool ReadNext(int lastRepeat)
    {
        switch (_text.Next)
        {
            case '(':
                Open();
                return false;
            case ')':
                Close();
                return false;
            case '|':
                _text.At++;
                _open.Peek().NextChoice();
                return false;
            case '[':
                CodePointSet set = new ClassReader(_text, Has(PatternFlags.FoldCase), MaxRanges - _ranges).Read();
                _ranges += set.Ranges;
                Append(new SetNode(set));
                return false;
            case '\\':
                ReadEscape();
                return false;
            case '*':
                return Repeat(lastRepeat, 1, 0, null);
            case '+':
                return Repeat(lastRepeat, 1, 1, null);
            case '?':
                return Repeat(lastRepeat, 1, 0, 1);
            case '{' when TryReadCount(out int length, out int min, out int? max):
                return RepeatCounted(lastRepeat, length, min, max);
            default:
                ReadCharacter();
                return false;
        }
    }

    private void ReadCharacter()
    {
        switch (_text.Take())
        {
            case '^': Append(new AssertNode(Has(PatternFlags.Multiline) ? AssertKind.LineStart : AssertKind.TextStart)); break;
            case '$': Append(new AssertNode(Has(PatternFlags.Multiline) ? AssertKind.LineEnd : AssertKind.TextEnd)); break;
            case '.': Append(new SetNode(Has(PatternFlags.DotAll) ? CodePointSet.All : CodePointSet.AllButLineFeed)); break;
            case int literal: AddLiteral(literal); break;
        }
    }

    private void ReadEscape()
    {
        AssertKind? assertion = _text.Peek(1) switch
        {
            'A' => AssertKind.TextStart,
            'z' => AssertKind.TextEnd,
            'b' => AssertKind.WordBoundary,
            'B' => AssertKind.NoWordBoundary,
            _ => null,
        };
        if (assertion is { } kind)
        {
            _text.At += 2;
            Append(new AssertNode(kind));
        }
        else if (_text.TryTake(@"\Q"))
        {
            while (!_text.IsAtEnd && !_text.TryTake(@"\E")) AddLiteral(_text.Take());
        }
        else if (EscapeReader.TryReadClass(_text, Has(PatternFlags.FoldCase)) is { } set)
        {
            Append(new SetNode(set));
        }
        else
        {
            AddLiteral(EscapeReader.ReadCodePoint(_text));
        }
    }

    private void AddLiteral(int codePoint)
    {
        CodePointSet? orbit = null;
        if (Has(PatternFlags.FoldCase) && CaseFolding.OrbitOf(codePoint) is { } same)
        {
            var builder = new CodePointSetBuilder();
            foreach (int one in same) builder.Add(one);
            orbit = builder.ToSet();
        }

        Append(new SetNode(orbit ?? CodePointSet.Of(codePoint)));
    }

    private void Open()
    {
        int start = _text.At++;
        if (_text.Next != '?')
        {
            OpenNamed(null);
            return;
        }

        _text.At++;
        bool python = _text.StartsWith("P<") && _text.At + 2 < _text.Whole.Length;
        if (python || (_text.Next == '<' && _text.At + 1 < _text.Whole.Length))
        {
            _text.At += python ? 2 : 1;
            OpenNamed(ReadGroupName(start));
            return;
        }

        PatternFlags outside = _flags;
        if (!ReadFlags(start)) return;
        _open.Push(new OpenGroup(0, outside));
    }

    private void OpenNamed(string? name)
    {
        _open.Push(new OpenGroup(_groupNames.Count, _flags));
        _groupNames.Add(name);
    }

    private string ReadGroupName(int start)
    {
        int end = _text.Whole.IndexOf('>', _text.At);
        if (end < 0) throw PatternException.BadName(_text.Whole[start..]);
        string name = _text.Whole[_text.At..end];
        _text.At = end + 1;
        bool valid = name.Length > 0 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return valid ? name : throw PatternException.BadName(_text.Since(start));
    }

    /// <summary>Reads flags such as those of <c>(?i-s:</c>; true where a group begins after them.</summary>
    private bool ReadFlags(int start)
    {
        PatternFlags set = _flags;
        bool clears = false;
        bool any = false;
        while (!_text.IsAtEnd)
        {
            int c = _text.Take();
            if (c == '-' && !clears)
            {
                clears = true;
                any = false;
            }
            else if (FlagOf(c) is var flag and not PatternFlags.None)
            {
                set = clears ? set & ~flag : set | flag;
                any = true;
            }
            else if (c is ':' or ')' && (any || !clears))
            {
                _flags = set;
                return c == ':';
            }
            else
            {
                throw PatternException.BadGroup(_text.Since(start));
            }
        }

        throw PatternException.UnclosedGroup(_text.Whole);
    }

    private static PatternFlags FlagOf(int c) => c switch
    {
        'i' => PatternFlags.FoldCase,
        'm' => PatternFlags.Multiline,
        's' => PatternFlags.DotAll,
        'U' => PatternFlags.Ungreedy,
        _ => PatternFlags.None,
    };

    private void Close()
    {
        _text.At++;
        if (_open.Count == 1) throw PatternException.Unopened(_text.Whole);
        OpenGroup group = _open.Pop();
        _flags = group.Flags;
        PatternNode body = group.ToNode();
        Append(group.Index == 0 ? body : new GroupNode(group.Index, body));
    }

    private bool RepeatCounted(int lastRepeat, int length, int min, int? max)
    {
        int start = _text.At;
        if (min < 0 || min > MaxCount || max > MaxCount || max < min) throw PatternException.BadCount(_text.Whole.Substring(start, length));
        return Repeat(lastRepeat, length, min, max, isCounted: true);
    }

    /// <summary>Takes a repetition of some length and applies it to what stands before it.</summary>
    private bool Repeat(int lastRepeat, int length, int min, int? max, bool isCounted = false)
    {
        int start = _text.At;
        _text.At += length;
        bool marked = _text.TryTake("?");
        if (lastRepeat >= 0) throw PatternException.BadRepeat(_text.Since(lastRepeat));
        List<PatternNode> parts = _open.Peek().Parts;
        if (parts.Count == 0) throw PatternException.NothingToRepeat(_text.Since(start));
        var repeat = new RepeatNode(parts[^1], min, max, marked != Has(PatternFlags.Ungreedy), isCounted);
        if (isCounted && repeat.Copies > MaxCount) throw PatternException.BadCount(_text.Since(start));
        parts.RemoveAt(parts.Count - 1);
        Append(repeat);
        return true;
    }

    /// <summary>Reads ahead over <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c>; anything else is text. A count too large is -1.</summary>
    private bool TryReadCount(out int length, out int min, out int? max)
    {
        ReadOnlySpan<char> rest = _text.Whole.AsSpan(_text.At + 1);
        length = 0;
        max = null;
        if (!TryReadNumber(ref rest, out min)) return false;
        if (!rest.StartsWith(","))
        {
            max = min;
        }
        else
        {
            rest = rest[1..];
            if (!rest.StartsWith("}"))
            {
                if (!TryReadNumber(ref rest, out int number)) return false;
                max = number;
            }
        }

        if (!rest.StartsWith("}")) return false;
        length = _text.Whole.Length - rest.Length + 1 - _text.At;
        return true;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<char> rest, out int number)
    {
        number = 0;
        int digits = rest.IndexOfAnyExceptInRange('0', '9');
        if (digits < 0) digits = rest.Length;
        if (digits == 0 || (digits > 1 && rest[0] == '0')) return false;
        if (!int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out number)) number = -1;
        rest = rest[digits..];
        return true;
    }

    private void Append(PatternNode node)
    {
        if (node.Height > MaxHeight) throw PatternException.TooDeep(_text.Whole);
        _open.Peek().Parts.Add(node);
    }

    private bool Has(PatternFlags flag) => (_flags & flag) != 0;

    /// <summary>A group that is not closed yet.</summary>
    /// <param name="index">Number of the group, or 0 for one whose text is not kept.</param>
    /// <param name="flags">What holds again after it.</param>
    private sealed class OpenGroup(int index, PatternFlags flags)
    {
        private readonly List<PatternNode> _choices = [];

        public int Index { get; } = index;

        public PatternFlags Flags { get; } = flags;

        public List<PatternNode> Parts { get; private set; } = [];

        public void NextChoice()
        {
            _choices.Add(Parts.Count == 1 ? Parts[0] : new SequenceNode(Parts));
            Parts = [];
        }

        public PatternNode ToNode()
        {
            NextChoice();
            return _choices.Count == 1 ? _choices[0] : new ChoiceNode(_choices);
        }
    }
}

/// <param name="Root">The pattern.</param>
/// <param name="GroupNames">By number, the names of groups; null for those without one and for the whole.</param>
internal sealed record ParsedPattern(PatternNode Root, IReadOnlyList<string?> GroupNames);
