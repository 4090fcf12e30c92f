namespace Trireme.Telemetry.Patterns;

/// <summary>Reads what begins with a backslash, in and out of brackets.</summary>
internal static class EscapeReader
{
    private const int OctalDigits = 3;

    /// <summary>Reads an escape that stands for one code point.</summary>
    public static int ReadCodePoint(PatternText text)
    {
        int start = text.At++;
        if (text.IsAtEnd) throw PatternException.TrailingBackslash();
        int c = text.Take();
        int value = c switch
        {
            // A digit alone would be a back reference.
            >= '1' and <= '7' when text.Next is < '0' or > '7' => PatternText.End,
            >= '0' and <= '7' => Octal(text, c - '0'),
            'x' => Hexadecimal(text),
            'a' => '\a',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            < 0x80 when !char.IsAsciiLetterOrDigit((char)c) => c,
            _ => PatternText.End,
        };
        return value == PatternText.End ? throw PatternException.BadEscape(text.Since(start)) : value;
    }

    /// <summary>Reads <c>\pL</c>, <c>\P{Greek}</c>, <c>\d</c> and the like; null where something else begins.</summary>
    public static CodePointSet? TryReadClass(PatternText text, bool foldCase)
    {
        if (text.Next != '\\') return null;
        if (text.Peek(1) is 'p' or 'P') return ReadUnicodeClass(text, foldCase);
        if (AsciiClasses.FindPerl(text.Peek(1), foldCase) is not { } found) return null;
        text.At += 2;
        return found;
    }

    private static CodePointSet ReadUnicodeClass(PatternText text, bool foldCase)
    {
        int start = text.At;
        bool negated = text.Peek(1) == 'P';
        text.At += 2;
        string name;
        if (text.Next == '{')
        {
            int end = text.Whole.IndexOf('}', text.At);
            if (end < 0) throw PatternException.BadClass(text.Whole[start..]);
            name = text.Whole[(text.At + 1)..end];
            text.At = end + 1;
            if (name.StartsWith('^'))
            {
                negated = !negated;
                name = name[1..];
            }
        }
        else
        {
            int letter = text.At;
            _ = text.Take();
            name = text.Since(letter);
        }

        CodePointSet set = UnicodeClasses.Find(name, foldCase) ?? throw PatternException.BadClass(text.Since(start));
        return negated ? set.Negate() : set;
    }

    private static int Octal(PatternText text, int value)
    {
        for (int digits = 1; digits < OctalDigits && text.Next is >= '0' and <= '7'; digits++) value = (value * 8) + text.Take() - '0';
        return value;
    }

    private static int Hexadecimal(PatternText text)
    {
        int c = text.Take();
        if (c != '{')
        {
            int second = text.IsAtEnd ? PatternText.End : text.Take();
            return IsHex(c) && IsHex(second) ? (Digit(c) * 16) + Digit(second) : PatternText.End;
        }

        int value = 0;
        for (int digits = 0; ; digits++)
        {
            c = text.Take();
            if (c == '}') return digits > 0 ? value : PatternText.End;
            if (!IsHex(c)) return PatternText.End;
            value = (value * 16) + Digit(c);
            if (value > CodePointSet.Last) return PatternText.End;
        }
    }

    private static bool IsHex(int c) => c is >= '0' and <= '9' or >= 'a' and <= 'f' or >= 'A' and <= 'F';

    private static int Digit(int c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}
