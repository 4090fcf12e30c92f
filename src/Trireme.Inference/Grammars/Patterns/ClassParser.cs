using System.Globalization;

namespace Trireme.Inference.Grammars.Patterns;

/// <summary>Reads character classes in brackets and escapes.</summary>
internal ref struct ClassParser(string text, int at, Func<string, GrammarException> problem)
{
    private int _at = at;
    private bool _negated;

    private readonly bool AtEnd => _at >= text.Length;

    /// <summary>Reads what follows an opening bracket, up to and with the closing one.</summary>
    public CharacterSet Read(out int end)
    {
        _negated = !AtEnd && text[_at] == '^';
        if (_negated) _at++;
        var ranges = new List<CharacterRange>();
        // Dialects disagree on an empty class and on a leading closing bracket.
        if (!AtEnd && text[_at] == ']') throw problem("has a class that starts with ']'; write \\] for the character");
        while (true)
        {
            if (AtEnd) throw problem("has a '[' without its ']'");
            if (text[_at] == ']') break;
            if (text[_at] == '[') throw problem("has a '[' inside a class; write \\[ for the character");
            ranges.AddRange(ReadMember().Ranges);
        }

        end = _at + 1;
        CharacterSet set = CharacterSet.Of([.. ranges]);
        return _negated ? set.Complement() : set;
    }

    public CharacterSet ReadEscape(bool inClass, out int end)
    {
        if (_at + 1 >= text.Length) throw problem("ends with a backslash");
        char kind = text[_at + 1];
        _at += 2;
        CharacterSet? set = kind switch
        {
            'd' => CharacterSet.Digits,
            'D' => CharacterSet.Digits.Complement(),
            'w' => CharacterSet.Word,
            'W' => CharacterSet.Word.Complement(),
            // Dialects count different characters above ASCII as space; those are in neither class, whichever way it is asked for.
            's' => _negated ? CharacterSet.Space.Union(UnicodeSpace) : CharacterSet.Space,
            'S' => _negated ? CharacterSet.Space.Complement() : CharacterSet.Space.Union(UnicodeSpace).Complement(),
            't' => One('\t'),
            'n' => One('\n'),
            'r' => One('\r'),
            'f' => One('\f'),
            'v' => One('\v'),
            'b' when inClass => One('\b'),
            'x' => One(ReadHex(2)),
            'u' => One(ReadUnicode()),
            'p' or 'P' => ReadCategory(isOpposite: kind == 'P'),
            _ => null,
        };
        if (set is null)
        {
            if (char.IsAsciiLetterOrDigit(kind))
            {
                throw problem(
                    $"holds \\{kind}, which is not supported; known are \\d \\D \\w \\W \\s \\S \\t \\n \\r \\f \\v \\xHH \\uHHHH "
                    + "\\p{...} and \\P{...}");
            }

            if (char.IsSurrogate(kind)) throw problem("escapes half a surrogate pair");
            set = One(kind);
        }

        end = _at;
        return set;
    }

    private static CharacterSet UnicodeSpace { get; } = CharacterSet.Of(
        new(0x1C, 0x1F), new(0x85), new(0xA0), new(0x1680), new(0x180E), new(0x2000, 0x200A), new(0x2028, 0x2029), new(0x202F), new(0x205F),
        new(0x3000), new(0xFEFF));

    private CharacterSet ReadMember()
    {
        CharacterSet first = ReadOne();
        bool isRange = _at + 1 < text.Length && text[_at] == '-' && text[_at + 1] != ']';
        if (!isRange) return first;
        _at++;
        CharacterSet last = ReadOne();
        if (!IsSingle(first) || !IsSingle(last)) throw problem("has a range that starts or ends with a class");
        if (last.Ranges[0].First < first.Ranges[0].First) throw problem("has a range whose ends are the wrong way round");
        return CharacterSet.Of(new CharacterRange(first.Ranges[0].First, last.Ranges[0].First));
    }

    private CharacterSet ReadOne()
    {
        if (AtEnd) throw problem("has a '[' without its ']'");
        if (text[_at] == '\\') return ReadEscape(inClass: true, out _);
        int character = char.IsSurrogatePair(text, _at) ? char.ConvertToUtf32(text, _at) : text[_at];
        if (character is >= 0xD800 and <= 0xDFFF) throw problem("holds half a surrogate pair");
        _at += character > 0xFFFF ? 2 : 1;
        return One(character);
    }

    /// <summary>Reads the name of a Unicode category: one letter, or any name in braces.</summary>
    private CharacterSet ReadCategory(bool isOpposite)
    {
        if (AtEnd) throw problem("ends with \\p");
        string name = text[_at].ToString();
        if (text[_at] == '{')
        {
            int end = text.IndexOf('}', _at);
            if (end < 0) throw problem("has a \\p{ without its '}'");
            name = text[(_at + 1)..end];
            _at = end;
        }

        _at++;
        bool isTwiceOpposite = name.StartsWith('^');
        CharacterSet set = UnicodeCategories.Find(isTwiceOpposite ? name[1..] : name) ?? throw problem(
            $"holds \\p{{{name}}}, which is not supported; known are the general categories, such as L, Lu, Nd and Punctuation, and ASCII "
            + "and Any");
        return isOpposite != isTwiceOpposite ? set.Complement() : set;
    }

    /// <summary>Reads the digits of \uHHHH, or of a pair of them that is one character.</summary>
    private int ReadUnicode()
    {
        int unit = ReadHex(4);
        if (!char.IsHighSurrogate((char)unit)) return unit;
        if (_at + 1 >= text.Length || text[_at] != '\\' || text[_at + 1] != 'u') throw problem("holds half a surrogate pair");
        _at += 2;
        int low = ReadHex(4);
        return char.IsLowSurrogate((char)low) ? char.ConvertToUtf32((char)unit, (char)low) : throw problem("holds half a surrogate pair");
    }

    private int ReadHex(int digits)
    {
        if (_at + digits > text.Length
            || !int.TryParse(text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value))
        {
            throw problem($"holds an escape that needs {digits} hexadecimal digits");
        }

        _at += digits;
        return value;
    }

    private static bool IsSingle(CharacterSet set) => set.Ranges.Length == 1 && set.Ranges[0].First == set.Ranges[0].Last;

    private static CharacterSet One(int character) => CharacterSet.Of(new CharacterRange(character));
}
