using System.Globalization;

namespace Trireme.Telemetry.Model;

/// <summary>Numbers in text as Prometheus writes and reads them: shortest form that reads back, never with an exponent.</summary>
internal static class FloatText
{
    public static string Format(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "+Inf" : "-Inf";
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        int exponentAt = shortest.IndexOf('E', StringComparison.Ordinal);
        return exponentAt < 0 ? shortest : Expand(shortest, exponentAt);
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out double value)
    {
        if (TryParseInteger(text, out value)) return true;
        Span<char> chars = stackalloc char[64];
        value = 0;
        if (text.Length is 0 or > 64) return false;
        for (int i = 0; i < text.Length; i++) chars[i] = (char)text[i];
        return TryParse(chars[..text.Length], out value);
    }

    /// <summary>Reads decimal numbers with an optional exponent, and any case of Inf, Infinity and NaN with an optional sign.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out double value)
    {
        value = 0;
        if (text.IsEmpty) return false;
        ReadOnlySpan<char> digits = text[0] is '+' or '-' ? text[1..] : text;
        if (digits.IsEmpty) return false;
        if (char.IsAsciiDigit(digits[0]) || digits[0] == '.')
        {
            const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
            return double.TryParse(text, Style, CultureInfo.InvariantCulture, out value);
        }

        if (digits.Equals("NaN", StringComparison.OrdinalIgnoreCase))
        {
            value = double.NaN;
            return true;
        }

        value = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        return digits.Equals("Inf", StringComparison.OrdinalIgnoreCase) || digits.Equals("Infinity", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Most values of counters and buckets are short integers, which need no general parser.</summary>
    private static bool TryParseInteger(ReadOnlySpan<byte> text, out double value)
    {
        const int ExactDigits = 15;
        value = 0;
        if (text.Length is 0 or > ExactDigits) return false;
        long number = 0;
        foreach (byte digit in text)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            number = (number * 10) + (digit - '0');
        }

        value = number;
        return true;
    }

    private static string Expand(string shortest, int exponentAt)
    {
        string sign = shortest[0] == '-' ? "-" : "";
        string mantissa = shortest[sign.Length..exponentAt];
        int exponent = int.Parse(shortest.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int whole = (point < 0 ? mantissa.Length : point) + exponent;
        if (whole <= 0) return sign + "0." + new string('0', -whole) + digits;
        return whole >= digits.Length
            ? sign + digits + new string('0', whole - digits.Length)
            : sign + digits[..whole] + "." + digits[whole..];
    }
}
