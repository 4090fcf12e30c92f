namespace Trireme.Telemetry.Patterns;

/// <summary>Reads a class in brackets, such as <c>[^a-z[:digit:]\pL]</c>.</summary>
internal sealed class ClassReader(PatternText text, bool foldCase, int maxRanges)
{
    /// <summary>What the class says itself, and what other classes bring along folded as they are to be.</summary>
    private readonly CodePointSetBuilder _own = new();
    private readonly CodePointSetBuilder _brought = new();
    private readonly int _start = text.At;

    public CodePointSet Read()
    {
        text.At++;
        bool negated = text.TryTake("^");
        for (bool first = true; first || text.Next != ']' || text.IsAtEnd; first = false)
        {
            if (_own.Ranges + _brought.Ranges > maxRanges) throw PatternException.TooLarge(text.Whole);
            if ((TryReadPosix() ?? EscapeReader.TryReadClass(text, foldCase)) is { } named) _brought.Add(named);
            else ReadRange();
        }

        text.At++;
        _brought.Add(foldCase ? CaseFolding.Close(_own.ToSet()) : _own.ToSet());
        CodePointSet set = _brought.ToSet();
        return negated ? set.Negate() : set;
    }

    private void ReadRange()
    {
        int start = text.At;
        int first = ReadOne();
        int last = first;
        if (text.Next == '-' && text.At + 1 < text.Whole.Length && text.Peek(1) != ']')
        {
            text.At++;
            last = ReadOne();
            if (last < first) throw PatternException.BadClass(text.Since(start));
        }

        _own.Add(first, last);
    }

    private int ReadOne()
    {
        if (text.IsAtEnd) throw PatternException.UnclosedClass(text.Whole[_start..]);
        return text.Next == '\\' ? EscapeReader.ReadCodePoint(text) : text.Take();
    }

    /// <summary>Null where no <c>[:</c> begins that ends.</summary>
    private CodePointSet? TryReadPosix()
    {
        if (!text.StartsWith("[:")) return null;
        int end = text.Whole.IndexOf(":]", text.At + 2, StringComparison.Ordinal);
        if (end < 0) return null;
        string written = text.Whole[text.At..(end + 2)];
        text.At = end + 2;
        return AsciiClasses.FindPosix(written[2..^2], foldCase) ?? throw PatternException.BadClass(written);
    }
}
