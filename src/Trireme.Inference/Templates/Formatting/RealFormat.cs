using System.Globalization;
using System.Numerics;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Formatting;

/// <summary>Reals that are not negative, in the ways of C's printf.</summary>
internal static class RealFormat
{
    /// <summary>So many digits behind the point, halves of the exact value to the even digit.</summary>
    public static string Fixed(double value, int precision)
    {
        if (!double.IsFinite(value)) return ValueText.OfReal(value);
        BigInteger scaled = Numbers.Scaled(value, precision);
        string digits = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        return precision == 0 ? digits : digits[..^precision] + "." + digits[^precision..];
    }

    /// <summary>One digit before the point, so many behind it, and an exponent.</summary>
    public static string Exponential(double value, int precision)
    {
        if (!double.IsFinite(value)) return ValueText.OfReal(value);
        (string digits, int exponent) = Significant(value, precision);
        string fraction = precision == 0 ? "" : "." + digits[1..];
        return string.Create(CultureInfo.InvariantCulture, $"{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    /// <summary>So many significant digits, with an exponent where the number is very large or small.</summary>
    public static string General(double value, int precision, bool keepsZeros)
    {
        if (!double.IsFinite(value)) return ValueText.OfReal(value);
        precision = Math.Max(1, precision);
        int exponent = Significant(value, precision - 1).Exponent;
        bool isFixed = exponent >= -4 && exponent < precision;
        string text = isFixed ? Fixed(value, precision - 1 - exponent) : Exponential(value, precision - 1);
        if (keepsZeros || !text.Contains('.', StringComparison.Ordinal)) return text;
        int mark = text.IndexOf('e', StringComparison.Ordinal);
        string mantissa = mark < 0 ? text : text[..mark];
        return mantissa.TrimEnd('0').TrimEnd('.') + (mark < 0 ? "" : text[mark..]);
    }

    public static string WithPoint(string text) =>
        text.AsSpan().ContainsAnyExceptInRange('0', '9') ? text : text + ".0";

    private static (string Digits, int Exponent) Significant(double value, int precision)
    {
        string text = value.ToString("E" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        int mark = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return (text[..mark].Replace(".", "", StringComparison.Ordinal), exponent);
    }
}
