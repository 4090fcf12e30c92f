using System.Globalization;
using System.Text;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>Reads string literals with Go's escapes. Backquoted strings have none.</summary>
internal static class StringUnquoting
{
    /// <summary>The text of a literal, or null where an escape is malformed.</summary>
    public static string? Unquote(string literal)
    {
        char quote = literal[0];
        ReadOnlySpan<char> body = literal.AsSpan(1, literal.Length - 2);
        if (quote == '`' || !body.Contains('\\')) return body.ToString();
        var text = new StringBuilder(body.Length);
        while (!body.IsEmpty)
        {
            if (body[0] != '\\')
            {
                text.Append(body[0]);
                body = body[1..];
                continue;
            }

            int read = body.Length < 2 ? 0 : Escape(body[1..], quote, text);
            if (read == 0) return null;
            body = body[(read + 1)..];
        }

        return text.ToString();
    }

    /// <summary>Reads what follows a backslash; returns the number of characters read, or zero.</summary>
    private static int Escape(ReadOnlySpan<char> escape, char quote, StringBuilder text)
    {
        char c = escape[0];
        if (c == quote)
        {
            text.Append(c);
            return 1;
        }

        switch (c)
        {
            case 'x': return CodePoint(escape, 2, text);
            case 'u': return CodePoint(escape, 4, text);
            case 'U': return CodePoint(escape, 8, text);
            case >= '0' and <= '7': return Octal(escape, text);
        }

        int index = "abfnrtv\\".IndexOf(c, StringComparison.Ordinal);
        if (index < 0) return 0;
        text.Append("\a\b\f\n\r\t\v\\"[index]);
        return 1;
    }

    private static int CodePoint(ReadOnlySpan<char> escape, int digits, StringBuilder text)
    {
        if (escape.Length < 1 + digits) return 0;
        if (!uint.TryParse(escape.Slice(1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)) return 0;
        if (!Rune.IsValid(code)) return 0;
        text.Append(new Rune(code).ToString());
        return 1 + digits;
    }

    private static int Octal(ReadOnlySpan<char> escape, StringBuilder text)
    {
        if (escape.Length < 3) return 0;
        int code = 0;
        for (int i = 0; i < 3; i++)
        {
            if (escape[i] is < '0' or > '7') return 0;
            code = (code * 8) + escape[i] - '0';
        }

        if (code > byte.MaxValue) return 0;
        text.Append((char)code);
        return 3;
    }
}
