using System.Globalization;
using System.Text;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>Reads one token inside a tag.</summary>
internal static class ExpressionScanner
{
    private static readonly string[] TwoCharOperators = ["**", "//", "==", "!=", "<=", ">="];

    private const string OneCharOperators = "+-*/%~<>=()[]{}.,:|";

    /// <summary>The token at a position and how many characters it takes. After a dot a number is an index, never a fraction.</summary>
    public static (TemplateTokenKind Kind, string Text, int Length) Scan(string source, int position, bool afterDot, int line)
    {
        char first = source[position];
        if (char.IsLetter(first) || first == '_')
        {
            int end = position;
            while (end < source.Length && (char.IsLetterOrDigit(source[end]) || source[end] == '_')) end++;
            return (TemplateTokenKind.Name, source[position..end], end - position);
        }

        if (char.IsAsciiDigit(first)) return ScanNumber(source, position, afterDot);
        if (first is '\'' or '"') return ScanString(source, position, line);
        foreach (string two in TwoCharOperators)
        {
            if (string.CompareOrdinal(source, position, two, 0, 2) == 0) return (TemplateTokenKind.Operator, two, 2);
        }

        if (OneCharOperators.Contains(first, StringComparison.Ordinal)) return (TemplateTokenKind.Operator, first.ToString(), 1);
        throw new ChatTemplateException(line, $"'{first}' is no part of an expression.");
    }

    private static (TemplateTokenKind Kind, string Text, int Length) ScanNumber(string source, int position, bool afterDot)
    {
        if (source[position] == '0' && position + 2 < source.Length && source[position + 1] is 'x' or 'X' or 'o' or 'O' or 'b' or 'B')
        {
            int after = position + 2;
            while (after < source.Length && (char.IsAsciiHexDigit(source[after]) || source[after] == '_')) after++;
            return (TemplateTokenKind.Integer, source[position..after], after - position);
        }

        int end = SkipDigits(source, position);
        bool isFloat = false;
        if (!afterDot && end + 1 < source.Length && source[end] == '.' && char.IsAsciiDigit(source[end + 1]))
        {
            isFloat = true;
            end = SkipDigits(source, end + 1);
        }

        if (!afterDot && end < source.Length && source[end] is 'e' or 'E')
        {
            int exponent = end + 1 < source.Length && source[end + 1] is '+' or '-' ? end + 2 : end + 1;
            if (exponent < source.Length && char.IsAsciiDigit(source[exponent]))
            {
                isFloat = true;
                end = SkipDigits(source, exponent);
            }
        }

        string digits = source[position..end].Replace("_", "", StringComparison.Ordinal);
        return (isFloat ? TemplateTokenKind.Float : TemplateTokenKind.Integer, digits, end - position);
    }

    private static int SkipDigits(string source, int position)
    {
        while (position < source.Length && (char.IsAsciiDigit(source[position]) || source[position] == '_')) position++;
        return position;
    }

    private static (TemplateTokenKind Kind, string Text, int Length) ScanString(string source, int position, int line)
    {
        char quote = source[position];
        var text = new StringBuilder();
        for (int i = position + 1; i < source.Length; i++)
        {
            if (source[i] == quote) return (TemplateTokenKind.String, text.ToString(), i + 1 - position);
            if (source[i] == '\\' && i + 1 < source.Length) i = AppendEscape(source, i + 1, text);
            else text.Append(source[i]);
        }

        throw new ChatTemplateException(line, "a string has no closing quote.");
    }

    /// <summary>Appends what an escape means and returns the position of its last character. Unknown escapes stay as written.</summary>
    private static int AppendEscape(string source, int position, StringBuilder text)
    {
        char escape = source[position];
        int digits = escape switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0 && position + digits < source.Length
            && uint.TryParse(source.AsSpan(position + 1, digits), NumberStyles.AllowHexSpecifier, null, out uint code)
            && code <= 0x10FFFF)
        {
            if (code <= char.MaxValue) text.Append((char)code);
            else text.Append(char.ConvertFromUtf32((int)code));
            return position + digits;
        }

        if (escape is >= '0' and <= '7')
        {
            int end = position;
            int value = 0;
            int most = Math.Min(source.Length, position + 3);
            for (; end < most && source[end] is >= '0' and <= '7'; end++) value = value * 8 + (source[end] - '0');
            text.Append((char)value);
            return end - 1;
        }

        string? plain = escape switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            'a' => "\a",
            '\\' => "\\",
            '\'' => "'",
            '"' => "\"",
            '\n' => "",
            _ => null,
        };
        if (plain is null) text.Append('\\').Append(escape);
        else text.Append(plain);
        return position;
    }
}
