using System.Globalization;
using System.Numerics;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>Python's numbers: whole ones of any size, within a bound, and 64-bit reals with exact decimal rounding.</summary>
internal static class Numbers
{
    /// <summary>Python too refuses to print more digits.</summary>
    public const int DigitsMax = 4300;

    private const long BitsMax = 14_284;

    /// <summary>A whole number: long where it fits.</summary>
    public static object Narrow(BigInteger value, RenderState state)
    {
        if (value >= long.MinValue && value <= long.MaxValue) return (long)value;
        long bits = value.GetBitLength();
        if (bits > BitsMax) throw state.Fail($"a number has more than {DigitsMax} digits.");
        state.Spend(bits / 32);
        return value;
    }

    public static object Narrow(Int128 value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : (BigInteger)value;

    public static object Power(BigInteger value, BigInteger exponent, RenderState state)
    {
        if (value.IsOne || value.IsZero || exponent.IsZero) return exponent.IsZero ? 1L : Narrow(value, state);
        if (value == BigInteger.MinusOne) return exponent.IsEven ? 1L : -1L;
        if (exponent > BitsMax || (value.GetBitLength() - 1) * (long)exponent > BitsMax)
        {
            throw state.Fail($"a number has more than {DigitsMax} digits.");
        }

        return Narrow(BigInteger.Pow(value, (int)exponent), state);
    }

    /// <summary>Parses what Python's int() takes in a base from 2 to 36; null for anything else.</summary>
    public static BigInteger? ParseWhole(string text, int radix)
    {
        ReadOnlySpan<char> digits = text.AsSpan().Trim();
        bool isNegative = digits is ['-', ..];
        if (digits is ['-' or '+', ..]) digits = digits[1..];
        if (digits is ['0', var mark, ..] && RadixOf(mark) is { } named && (radix == named || radix == 0))
        {
            digits = digits[2..];
            radix = named;
            if (digits is ['_', ..]) digits = digits[1..];
        }

        if (radix == 0) radix = 10;
        if (digits.Length == 0 || digits.Length > DigitsMax || digits[0] == '_' || digits[^1] == '_') return null;
        BigInteger value = BigInteger.Zero;
        for (int i = 0; i < digits.Length; i++)
        {
            if (digits[i] == '_' && digits[i - 1] != '_') continue;
            int digit = Digit(digits[i]);
            if (digit < 0 || digit >= radix) return null;
            value = value * radix + digit;
        }

        return isNegative ? -value : value;
    }

    /// <summary>Parses what Python's float() takes; null for anything else.</summary>
    public static double? ParseReal(string text)
    {
        string plain = text.Trim();
        string letters = plain.TrimStart('+', '-').ToLowerInvariant();
        double sign = plain is ['-', ..] ? -1 : 1;
        if (plain.Length - letters.Length <= 1 && letters is "inf" or "infinity") return sign * double.PositiveInfinity;
        if (plain.Length - letters.Length <= 1 && letters is "nan") return double.NaN;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        bool isPlain = plain.Length > 0 && !letters.AsSpan().ContainsAny("in");
        string digits = plain.Replace("_", "", StringComparison.Ordinal);
        return isPlain && double.TryParse(digits, Style, CultureInfo.InvariantCulture, out double value) ? value : null;
    }

    /// <summary>round(): to so many digits behind the point, halves of the exact value to the even digit.</summary>
    public static double Round(double value, long digits)
    {
        if (!double.IsFinite(value) || value == 0 || digits > 330) return value;
        if (digits < -330) return Math.CopySign(0, value);
        BigInteger rounded = Scaled(value, (int)digits);
        double result = double.Parse($"{rounded}E{-digits}", NumberStyles.Float, CultureInfo.InvariantCulture);
        return result == 0 ? Math.CopySign(0, value) : result;
    }

    /// <summary>round() of a whole number to a power of ten.</summary>
    public static BigInteger Round(BigInteger value, long digits)
    {
        if (digits >= 0) return value;
        if (digits < -DigitsMax) return BigInteger.Zero;
        var unit = BigInteger.Pow(10, (int)-digits);
        return Divide(value, unit) * unit;
    }

    /// <summary>The value times a power of ten, rounded to a whole number, halves to the even one.</summary>
    public static BigInteger Scaled(double value, int digits)
    {
        long bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        int exponent = (int)(bits >> 52);
        BigInteger numerator = (bits & 0xFFFFFFFFFFFFF) | (exponent > 0 ? 1L << 52 : 0);
        int shift = Math.Max(exponent, 1) - 1075;
        BigInteger denominator = BigInteger.One;
        if (digits >= 0) numerator *= BigInteger.Pow(10, digits);
        else denominator = BigInteger.Pow(10, -digits);
        if (shift >= 0) numerator <<= shift;
        else denominator <<= -shift;
        BigInteger rounded = Divide(numerator, denominator);
        return value < 0 ? -rounded : rounded;
    }

    private static BigInteger Divide(BigInteger numerator, BigInteger denominator)
    {
        BigInteger quotient = BigInteger.DivRem(BigInteger.Abs(numerator), denominator, out BigInteger remainder);
        int half = (remainder * 2).CompareTo(denominator);
        if (half > 0 || (half == 0 && !quotient.IsEven)) quotient += 1;
        return numerator.Sign < 0 ? -quotient : quotient;
    }

    private static int? RadixOf(char mark) => mark switch { 'x' or 'X' => 16, 'o' or 'O' => 8, 'b' or 'B' => 2, _ => null };

    private static int Digit(char character) => character switch
    {
        >= '0' and <= '9' => character - '0',
        >= 'a' and <= 'z' => character - 'a' + 10,
        >= 'A' and <= 'Z' => character - 'A' + 10,
        _ => CharUnicodeInfo.GetDecimalDigitValue(character),
    };
}
