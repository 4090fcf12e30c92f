using System.Globalization;
using System.Numerics;
using System.Text;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Formatting;

/// <summary>Writes one value by a specification, as Python's format() does.</summary>
internal static class FieldFormat
{
    public static void Write(object? value, FormatSpec spec, BoundedText output, RenderState state)
    {
        if (value is bool flag && spec.Kind is null) value = new TemplateText(flag ? "True" : "False");
        bool isWhole = spec.Kind is null or 'd' or 'n' or 'x' or 'X' or 'o' or 'b' or 'c';
        if (isWhole && TemplateValue.Whole(value) is { } whole)
        {
            WriteNumber(Whole(whole, spec, state), whole.Sign < 0, spec, output);
        }
        else if (TemplateValue.Number(value) is { } number)
        {
            WriteNumber(Real(value, number, spec, state), double.IsNegative(number), spec, output);
        }
        else if (spec.Kind is null or 's' && spec.Align != '=')
        {
            WriteText(ValueText.Of(value, state), spec, output);
        }
        else
        {
            throw state.Fail($"{TemplateValue.TypeName(value)} cannot be formatted as '{spec.Kind}'.");
        }
    }

    /// <summary>A text, cut to the precision and padded to the width.</summary>
    public static void WriteText(TemplateText text, FormatSpec spec, BoundedText output)
    {
        int end = spec.Precision is { } most ? CodePoints.UnitAt(text.Value, most) : text.Length;
        int missing = Math.Max(0, spec.Width - CodePoints.Count(text.Value.AsSpan(0, end)));
        int before = spec.Align switch { '>' => missing, '^' => missing / 2, _ => 0 };
        Pad(before, spec, output);
        output.Add(text, 0, end);
        Pad(missing - before, spec, output);
    }

    /// <summary>Digits without a sign, in groups and padded, with the sign in its place.</summary>
    public static void WriteNumber(string digits, bool isNegative, FormatSpec spec, BoundedText output)
    {
        string sign = isNegative ? "-" : spec.Sign == '-' ? "" : spec.Sign.ToString();
        if (spec.Grouping is { } mark) digits = Group(digits, mark, spec, sign.Length);
        int missing = Math.Max(0, spec.Width - digits.Length - sign.Length);
        int before = spec.Align switch { '<' => 0, '^' => missing / 2, _ => missing };
        if (spec.Align == '=') output.Append(sign);
        Pad(before, spec, output);
        if (spec.Align != '=') output.Append(sign);
        output.Append(digits);
        Pad(missing - before, spec, output);
    }

    public static string Whole(BigInteger value, FormatSpec spec, RenderState state)
    {
        BigInteger size = BigInteger.Abs(value);
        state.Spend(1 + size.GetBitLength() / 32);
        return spec.Kind switch
        {
            'x' => (spec.IsAlternate ? "0x" : "") + Radix(size, 4),
            'X' => (spec.IsAlternate ? "0X" : "") + Radix(size, 4).ToUpperInvariant(),
            'o' => (spec.IsAlternate ? "0o" : "") + Radix(size, 3),
            'b' => (spec.IsAlternate ? "0b" : "") + Radix(size, 1),
            'c' => Character(value, state),
            _ => size.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static string Character(BigInteger value, RenderState state) =>
        value >= 0 && value <= 0x10FFFF && Rune.IsValid((int)value)
            ? new Rune((int)value).ToString()
            : throw state.Fail($"{value} is no character.");

    /// <summary>The size of a number, in the way the specification says.</summary>
    private static string Real(object? value, double number, FormatSpec spec, RenderState state)
    {
        double size = Math.Abs(number);
        if (spec.Kind is null && spec.Precision is null) return ValueText.OfReal(size);
        string text = spec.Kind switch
        {
            'f' or 'F' => RealFormat.Fixed(size, spec.Precision ?? 6),
            'e' or 'E' => RealFormat.Exponential(size, spec.Precision ?? 6),
            'g' or 'G' or 'n' => RealFormat.General(size, spec.Precision ?? 6, spec.IsAlternate),
            '%' => RealFormat.Fixed(size * 100, spec.Precision ?? 6) + "%",
            null => RealFormat.WithPoint(RealFormat.General(size, spec.Precision ?? 6, keepsZeros: false)),
            _ => throw state.Fail($"{TemplateValue.TypeName(value)} cannot be formatted as '{spec.Kind}'."),
        };
        return spec.Kind is 'E' or 'G' or 'F' ? text.ToUpperInvariant() : text;
    }

    private static string Radix(BigInteger value, int bits)
    {
        if (value.IsZero) return "0";
        var digits = new StringBuilder();
        int mask = (1 << bits) - 1;
        for (; !value.IsZero; value >>= bits) digits.Insert(0, "0123456789abcdef"[(int)(value & mask)]);
        return digits.ToString();
    }

    private static string Group(string digits, char mark, FormatSpec spec, int signLength)
    {
        int end = digits.AsSpan().IndexOfAny('.', 'e', '%');
        if (end < 0) end = digits.Length;
        string head = digits[..end];
        string tail = digits[end..];
        // Zeros that fill a field are grouped with the digits.
        if (spec is { Fill: "0", Align: '=' })
        {
            while (Marked(head, mark).Length + tail.Length + signLength < spec.Width) head = "0" + head;
        }

        return Marked(head, mark) + tail;
    }

    private static string Marked(string digits, char mark)
    {
        var grouped = new StringBuilder();
        for (int i = 0; i < digits.Length; i++)
        {
            if (i > 0 && (digits.Length - i) % 3 == 0) grouped.Append(mark);
            grouped.Append(digits[i]);
        }

        return grouped.ToString();
    }

    private static void Pad(int count, FormatSpec spec, BoundedText output)
    {
        for (; count > 0; count--) output.Append(spec.Fill);
    }
}
