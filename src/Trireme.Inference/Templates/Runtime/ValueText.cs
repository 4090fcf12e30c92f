using System.Globalization;
using System.Numerics;
using System.Text;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>How Python prints values.</summary>
internal static class ValueText
{
    // Lists can be made to hold themselves.
    private const int DepthMax = 100;

    /// <summary>As str(): a text is itself, what lists and mappings hold is quoted.</summary>
    public static void Write(object? value, BoundedText output, RenderState state)
    {
        if (value is TemplateText text) output.Add(text);
        else if (value is not Undefined) WriteQuoted(value, output, state, 0);
    }

    public static TemplateText Of(object? value, RenderState state)
    {
        if (value is TemplateText already) return already;
        var text = new BoundedText(state);
        Write(value, text, state);
        return text.ToText();
    }

    /// <summary>As repr().</summary>
    public static TemplateText Quoted(object? value, RenderState state)
    {
        var text = new BoundedText(state);
        WriteQuoted(value, text, state, 0);
        return text.ToText();
    }

    /// <summary>
    /// The shortest digits that read back as the same number, with a point or an exponent: below 0.0001 and from 1e16 on, as in Python.
    /// </summary>
    public static string OfReal(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        if (value == 0) return double.IsNegative(value) ? "-0.0" : "0.0";
        (string digits, int exponent) = ShortestDigits(Math.Abs(value));
        string sign = value < 0 ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            char direction = exponent < 0 ? '-' : '+';
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{fraction}e{direction}{Math.Abs(exponent):00}");
        }

        if (exponent < 0) return sign + "0." + new string('0', -exponent - 1) + digits;
        return digits.Length <= exponent + 1
            ? sign + digits.PadRight(exponent + 1, '0') + ".0"
            : sign + digits[..(exponent + 1)] + "." + digits[(exponent + 1)..];
    }

    /// <summary>The significant digits, and the exponent of the first.</summary>
    private static (string Digits, int Exponent) ShortestDigits(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int mark = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = mark < 0 ? 0 : int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = mark < 0 ? text : text[..mark];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        exponent += (point < 0 ? mantissa.Length : point) - 1;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int zeros = digits.Length - digits.TrimStart('0').Length;
        return (digits.Trim('0'), exponent - zeros);
    }

    private static void WriteQuoted(object? value, BoundedText output, RenderState state, int depth)
    {
        if (depth > DepthMax) throw state.Fail($"it prints values nested more than {DepthMax} levels deep.");
        switch (value)
        {
            case TemplateText text:
                WriteQuoted(text, output);
                break;
            case List<object?> list:
                WriteList(list, output, state, depth);
                break;
            case TemplateMap map:
                WriteMap(map, output, state, depth);
                break;
            default:
                output.Append(Plain(value) ?? throw state.Fail($"{TemplateValue.TypeName(value)} cannot be printed."));
                break;
        }
    }

    private static string? Plain(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        BigInteger number => number.ToString(CultureInfo.InvariantCulture),
        double number => OfReal(number),
        Undefined => "Undefined",
        _ => null,
    };

    private static void WriteList(List<object?> list, BoundedText output, RenderState state, int depth)
    {
        bool isTuple = list is TemplateTuple;
        output.Append(isTuple ? '(' : '[');
        for (int i = 0; i < list.Count; i++)
        {
            if (i > 0) output.Append(", ");
            WriteQuoted(list[i], output, state, depth + 1);
        }

        if (isTuple && list.Count == 1) output.Append(',');
        output.Append(isTuple ? ')' : ']');
    }

    private static void WriteMap(TemplateMap map, BoundedText output, RenderState state, int depth)
    {
        output.Append('{');
        bool first = true;
        foreach ((object? key, object? value) in map.Entries)
        {
            if (!first) output.Append(", ");
            first = false;
            WriteQuoted(key, output, state, depth + 1);
            output.Append(": ");
            WriteQuoted(value, output, state, depth + 1);
        }

        output.Append('}');
    }

    /// <summary>Python prefers single quotes and takes double ones for a text that holds only single ones.</summary>
    private static void WriteQuoted(TemplateText text, BoundedText output)
    {
        string value = text.Value;
        char quote = value.Contains('\'', StringComparison.Ordinal) && !value.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        TextOrigin origin = text.Origin;
        output.Append(quote);
        int plain = 0;
        for (int i = 0; i < value.Length;)
        {
            bool isWhole = Rune.TryGetRuneAt(value, i, out Rune rune);
            int length = isWhole ? rune.Utf16SequenceLength : 1;
            if (Escape(isWhole ? rune.Value : value[i], quote, isWhole) is { } escape)
            {
                output.Add(text, plain, i - plain);
                output.Append(escape, origin);
                plain = i + length;
            }

            i += length;
        }

        output.Add(text, plain, value.Length - plain);
        output.Append(quote);
    }

    private static string? Escape(int character, char quote, bool isWhole)
    {
        if (character == quote || character == '\\') return "\\" + (char)character;
        if (character is >= ' ' and < '\x7F') return null;
        if (character is '\n') return "\\n";
        if (character is '\r') return "\\r";
        if (character is '\t') return "\\t";
        bool prints = isWhole && Rune.GetUnicodeCategory(new Rune(character)) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
        if (prints) return null;
        return character switch
        {
            <= 0xFF => string.Create(CultureInfo.InvariantCulture, $"\\x{character:x2}"),
            <= 0xFFFF => string.Create(CultureInfo.InvariantCulture, $"\\u{character:x4}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"\\U{character:x8}"),
        };
    }
}
