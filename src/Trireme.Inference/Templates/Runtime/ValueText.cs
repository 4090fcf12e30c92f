using System.Globalization;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>How Python prints values.</summary>
internal static class ValueText
{
    // Lists can be made to hold themselves.
    private const int DepthMax = 100;

    /// <summary>As str(): a text is itself, what lists and mappings hold is quoted.</summary>
    public static void Write(object? value, BoundedText output, RenderState state)
    {
        if (value is string text) output.Append(text);
        else if (value is not Undefined) WriteQuoted(value, output, state, 0);
    }

    public static string Of(object? value, RenderState state)
    {
        if (value is string already) return already;
        var text = new BoundedText(state);
        Write(value, text, state);
        return text.ToString();
    }

    /// <summary>The shortest digits that read back as the same number, with a point or an exponent.</summary>
    public static string OfReal(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        // Python writes an exponent below 0.0001 and from 1e16.
        if (value == 0 || Math.Abs(value) is >= 1e-4 and < 1e16)
        {
            string plain = value.ToString("0.0###################", CultureInfo.InvariantCulture);
            if (double.Parse(plain, CultureInfo.InvariantCulture) == value) return plain;
        }

        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int mark = text.IndexOf('E', StringComparison.Ordinal);
        if (mark < 0) return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
        string digits = text[(mark + 2)..].PadLeft(2, '0');
        return $"{text[..mark]}e{text[mark + 1]}{digits}";
    }

    private static void WriteQuoted(object? value, BoundedText output, RenderState state, int depth)
    {
        if (depth > DepthMax) throw state.Fail($"it prints values nested more than {DepthMax} levels deep.");
        switch (value)
        {
            case null:
                output.Append("None");
                break;
            case bool flag:
                output.Append(flag ? "True" : "False");
                break;
            case long number:
                output.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                output.Append(OfReal(number));
                break;
            case string text:
                WriteQuoted(text, output);
                break;
            case Undefined:
                output.Append("Undefined");
                break;
            case List<object?> list:
                WriteList(list, output, state, depth);
                break;
            case TemplateMap map:
                WriteMap(map, output, state, depth);
                break;
            default:
                throw state.Fail($"{TemplateValue.TypeName(value)} cannot be printed.");
        }
    }

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
        foreach ((string key, object? value) in map)
        {
            if (!first) output.Append(", ");
            first = false;
            WriteQuoted(key, output);
            output.Append(": ");
            WriteQuoted(value, output, state, depth + 1);
        }

        output.Append('}');
    }

    /// <summary>Python prefers single quotes and takes double ones for a text that holds only single ones.</summary>
    private static void WriteQuoted(string text, BoundedText output)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        output.Append(quote);
        foreach (char character in text)
        {
            switch (character)
            {
                case '\\':
                    output.Append("\\\\");
                    break;
                case '\n':
                    output.Append("\\n");
                    break;
                case '\r':
                    output.Append("\\r");
                    break;
                case '\t':
                    output.Append("\\t");
                    break;
                case var _ when character == quote:
                    output.Append(['\\', quote]);
                    break;
                case < ' ' or (>= '\x7F' and <= '\xA0') or '\xAD':
                    output.Append($"\\x{(int)character:x2}");
                    break;
                default:
                    output.Append(character);
                    break;
            }
        }

        output.Append(quote);
    }
}
