using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Trireme.Telemetry.Storage;

/// <summary>
/// Turns RE2 patterns into .NET ones. The non-backtracking engine gives RE2's promise, time linear in the value, and refuses what
/// RE2 refuses: look-around and back references. Rewritten here are the differences in notation: Python's named groups, POSIX
/// classes, ASCII-only \d \w \s, \Q...\E, and an open bracket inside a class.
/// </summary>
internal static class Re2Syntax
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, string> PosixClasses = new(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z",
        ["alpha"] = "A-Za-z",
        ["ascii"] = @"\x00-\x7F",
        ["blank"] = @"\t\x20",
        ["cntrl"] = @"\x00-\x1F\x7F",
        ["digit"] = "0-9",
        ["graph"] = "!-~",
        ["lower"] = "a-z",
        ["print"] = @"\x20-~",
        ["punct"] = @"!-/:-@\[-`{-~",
        ["space"] = @"\t\n\v\f\r\x20",
        ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_",
        ["xdigit"] = "0-9A-Fa-f",
    };

    /// <summary>Compiles the pattern to match whole values, line breaks included.</summary>
    /// <exception cref="FormatException">The pattern is malformed or uses syntax that RE2 lacks.</exception>
    public static Regex CompileAnchored(string pattern)
    {
        const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline;
        try
        {
            string translated = Translate(pattern);
            // The pattern stands alone once, because "a)(b" would be balanced by the anchoring group.
            _ = new Regex(translated, Options, MatchTimeout);
            return new Regex(@"\A(?:" + translated + @")\z", Options, MatchTimeout);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or InsufficientExecutionStackException)
        {
            throw new FormatException($"error parsing regexp: {exception.Message}", exception);
        }
    }

    private static string Translate(string pattern)
    {
        var result = new StringBuilder(pattern.Length + 16);
        bool inClass = false;
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            string rest = pattern[i..Math.Min(pattern.Length, i + 12)];
            if (c == '\\')
            {
                i += Escape(pattern, i, inClass, result);
            }
            else if (inClass && rest.StartsWith("[:", StringComparison.Ordinal) && PosixClass(rest) is { } posix)
            {
                result.Append(PosixClasses[posix]);
                i += posix.Length + 3;
            }
            else if (inClass)
            {
                inClass = c != ']';
                result.Append(c == '[' ? @"\[" : c.ToString());
            }
            else if (c == '[')
            {
                inClass = true;
                i += OpenClass(pattern, i, result);
            }
            else if (rest.StartsWith("(?P<", StringComparison.Ordinal))
            {
                result.Append("(?<");
                i += 3;
            }
            else
            {
                result.Append(c);
            }
        }

        return result.ToString();
    }

    /// <summary>Writes the start of a class, where a closing bracket is a literal. Returns the characters read beyond one.</summary>
    private static int OpenClass(string pattern, int at, StringBuilder result)
    {
        int next = at + 1;
        result.Append('[');
        if (next < pattern.Length && pattern[next] == '^')
        {
            result.Append('^');
            next++;
        }

        if (next < pattern.Length && pattern[next] == ']')
        {
            result.Append(@"\]");
            next++;
        }

        return next - at - 1;
    }

    /// <summary>Writes an escape sequence and returns the characters read beyond the backslash.</summary>
    private static int Escape(string pattern, int at, bool inClass, StringBuilder result)
    {
        if (at + 1 >= pattern.Length) throw new FormatException("error parsing regexp: trailing backslash at end of expression");
        char c = pattern[at + 1];
        if (c == 'Q' && !inClass)
        {
            int end = pattern.IndexOf(@"\E", at + 2, StringComparison.Ordinal);
            string literal = pattern[(at + 2)..(end < 0 ? pattern.Length : end)];
            result.Append(Regex.Escape(literal).Replace("]", @"\]", StringComparison.Ordinal));
            return (end < 0 ? pattern.Length : end + 2) - at - 1;
        }

        result.Append(c switch
        {
            'd' => inClass ? "0-9" : "[0-9]",
            'w' => inClass ? "0-9A-Za-z_" : "[0-9A-Za-z_]",
            's' => inClass ? @"\t\n\f\r\x20" : @"[\t\n\f\r\x20]",
            'D' when !inClass => "[^0-9]",
            'W' when !inClass => "[^0-9A-Za-z_]",
            'S' when !inClass => @"[^\t\n\f\r\x20]",
            _ => string.Create(CultureInfo.InvariantCulture, $@"\{c}"),
        });
        return 1;
    }

    private static string? PosixClass(string text)
    {
        int end = text.IndexOf(":]", StringComparison.Ordinal);
        return end > 2 && PosixClasses.ContainsKey(text[2..end]) ? text[2..end] : null;
    }
}
