using System.Globalization;
using System.Text;

namespace Trireme.ApiServer.CustomKinds.Schemas;

/// <summary>
/// Turns a pattern in the syntax of Go's regexp, in which definitions are written, into that of .NET: \d, \w and \s are ASCII, $ is the
/// very end, classes such as [:alpha:] stand in brackets, and there is no looking around and no going back to groups.
/// </summary>
internal sealed class GoPattern
{
    private const int MaxRepeat = 1000;

    private const string Space = @"\t\n\f\r ";
    private const string Word = "0-9A-Za-z_";

    private static readonly Dictionary<string, string> Classes = new()
    {
        ["alnum"] = "0-9A-Za-z", ["alpha"] = "A-Za-z", ["ascii"] = @"\x00-\x7F", ["blank"] = @"\t ", ["cntrl"] = @"\x00-\x1F\x7F",
        ["digit"] = "0-9", ["graph"] = "!-~", ["lower"] = "a-z", ["print"] = " -~", ["punct"] = @"!-/:-@\[-`{-~",
        ["space"] = @"\t\n\v\f\r ", ["upper"] = "A-Z", ["word"] = Word, ["xdigit"] = "0-9A-Fa-f",
    };

    private readonly string _text;
    private readonly bool _isMultiline;
    private readonly StringBuilder _output = new();

    /// <summary>Of each open group the elements so far; the lowest is the pattern itself.</summary>
    private readonly Stack<long> _sizes = new([0]);

    /// <summary>Elements of what a repetition would repeat; zero where there is nothing.</summary>
    private long _last;
    private int _at;

    private GoPattern(string text)
    {
        _text = text;
        _isMultiline = text.Contains("(?m", StringComparison.Ordinal);
    }

    /// <param name="text">The pattern.</param>
    /// <param name="size">Its elements, with repetitions written out.</param>
    /// <exception cref="FormatException">It is none, or says what cannot be matched here.</exception>
    public static string Translate(string text, out int size)
    {
        var pattern = new GoPattern(text);
        while (pattern._at < text.Length) pattern.Step();
        if (pattern._sizes.Count > 1) throw new FormatException("a group is not closed");
        size = (int)Math.Min(int.MaxValue, pattern._sizes.Peek());
        return pattern._output.ToString();
    }

    private void Step()
    {
        char next = _text[_at];
        switch (next)
        {
            case '\\':
                Emit(Escape(inClass: false));
                break;
            case '[':
                Emit(Class());
                break;
            case '(':
                Open();
                break;
            case ')':
                Close();
                break;
            case '*' or '+' or '?':
                _at++;
                _output.Append(next);
                break;
            case '{':
                Repeat();
                break;
            case '$':
                _at++;
                Emit(_isMultiline ? "$" : @"\z");
                break;
            default:
                _at++;
                Emit(next == '}' ? @"\}" : next.ToString());
                break;
        }
    }

    private void Emit(string element, long size = 1)
    {
        _output.Append(element);
        _last = size;
        _sizes.Push(_sizes.Pop() + size);
    }

    private void Open()
    {
        _sizes.Push(0);
        _at++;
        _output.Append('(');
        if (_at >= _text.Length || _text[_at] != '?') return;
        ReadOnlySpan<char> rest = _text.AsSpan(_at);
        if (rest.StartsWith("?=") || rest.StartsWith("?!") || rest.StartsWith("?<=") || rest.StartsWith("?<!"))
        {
            throw new FormatException("looking ahead or behind is no part of Go's patterns");
        }

        if (rest.StartsWith("?P<"))
        {
            _at += 2;
            _output.Append('?');
            return;
        }

        int end = _text.IndexOfAny([')', ':', '>'], _at);
        ReadOnlySpan<char> flags = end < 0 ? [] : _text.AsSpan(_at + 1, end - _at - 1);
        if (end >= 0 && flags.IndexOfAnyExcept("ims-") >= 0 && flags is not ['<', ..])
        {
            throw new FormatException($"the flags \"{flags}\" are not supported");
        }
    }

    private void Close()
    {
        if (_sizes.Count == 1) throw new FormatException("a group is closed that was not opened");
        _at++;
        _output.Append(')');
        _last = Math.Max(1, _sizes.Pop());
        _sizes.Push(_sizes.Pop() + _last);
    }

    /// <summary>Braces repeat where they hold one or two numbers, and are text otherwise.</summary>
    private void Repeat()
    {
        int end = _text.IndexOf('}', _at);
        string[] bounds = end < 0 ? [] : _text[(_at + 1)..end].Split(',');
        bool repeats = bounds.Length is 1 or 2
            && IsNumber(bounds[0])
            && (bounds.Length == 1 || bounds[1].Length == 0 || IsNumber(bounds[1]));
        if (!repeats)
        {
            _at++;
            Emit(@"\{");
            return;
        }

        long most = Math.Max(Parse(bounds[0]), bounds.Length == 2 && bounds[1].Length > 0 ? Parse(bounds[1]) : 0);
        if (most > MaxRepeat) throw new FormatException($"nothing is repeated more than {MaxRepeat} times");
        _output.Append(_text, _at, end + 1 - _at);
        _at = end + 1;
        long added = _last * Math.Max(0, most - 1);
        _last += added;
        _sizes.Push(_sizes.Pop() + added);
    }

    /// <summary>What stands behind a backslash, and the place after it.</summary>
    private string Escape(bool inClass)
    {
        if (_at + 1 >= _text.Length) throw new FormatException("a backslash ends the pattern");
        char escaped = _text[_at + 1];
        _at += 2;
        switch (escaped)
        {
            case 'd':
                return inClass ? "0-9" : "[0-9]";
            case 'w':
                return inClass ? Word : $"[{Word}]";
            case 's':
                return inClass ? Space : $"[{Space}]";
            case 'D' when !inClass:
                return "[^0-9]";
            case 'W' when !inClass:
                return $"[^{Word}]";
            case 'S' when !inClass:
                return $"[^{Space}]";
            case 'p' or 'P':
                return UnicodeClass(escaped);
            case 'x':
                return Hexadecimal();
            case 'A' or 'z' or 'b' or 'B' when !inClass:
            case 'a' or 'f' or 'n' or 'r' or 't' or 'v' or 'D' or 'W' or 'S':
                return "\\" + escaped;
            default:
                if (char.IsAsciiLetterOrDigit(escaped)) throw new FormatException($"\\{escaped} is not supported");
                return "\\" + escaped;
        }
    }

    private string UnicodeClass(char escaped)
    {
        if (_at >= _text.Length) throw new FormatException($"\\{escaped} names no class");
        int end = _text[_at] == '{' ? _text.IndexOf('}', _at) : _at;
        if (end < 0) throw new FormatException($"the braces of \\{escaped} are not closed");
        string name = _text[_at..(end + 1)].Trim('{', '}');
        _at = end + 1;
        return $"\\{escaped}{{{name}}}";
    }

    private string Hexadecimal()
    {
        bool braced = _at < _text.Length && _text[_at] == '{';
        int start = braced ? _at + 1 : _at;
        int end = braced ? _text.IndexOf('}', _at) : Math.Min(_at + 2, _text.Length);
        bool isCode = end >= start
            && int.TryParse(_text.AsSpan(start, end - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            && code <= char.MaxValue;
        if (!isCode) throw new FormatException("\\x is followed by two hexadecimal digits, or by at most four in braces");
        string digits = _text[start..end].PadLeft(4, '0')[^4..];
        _at = braced ? end + 1 : end;
        return @"\u" + digits;
    }

    private string Class()
    {
        var text = new StringBuilder("[");
        _at++;
        if (_at < _text.Length && _text[_at] == '^')
        {
            text.Append('^');
            _at++;
        }

        for (bool first = true; ; first = false)
        {
            if (_at >= _text.Length) throw new FormatException("a bracket is not closed");
            char next = _text[_at];
            if (next == ']' && !first) break;
            bool isNamed = next == '[' && _at + 1 < _text.Length && _text[_at + 1] == ':';
            if (next == '\\' || isNamed)
            {
                text.Append(isNamed ? NamedClass() : Escape(inClass: true));
            }
            else
            {
                text.Append(next is '[' or ']' ? "\\" + next : next);
                _at++;
            }
        }

        _at++;
        return text.Append(']').ToString();
    }

    private string NamedClass()
    {
        int end = _text.IndexOf(":]", _at, StringComparison.Ordinal);
        string name = end < 0 ? "" : _text[(_at + 2)..end];
        if (!Classes.TryGetValue(name, out string? members)) throw new FormatException($"[:{name}:] is no class of characters");
        _at = end + 2;
        return members;
    }

    private static bool IsNumber(string text) => text.Length is > 0 and < 9 && text.All(char.IsAsciiDigit);

    private static long Parse(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
