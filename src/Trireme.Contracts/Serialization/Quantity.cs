using System.Globalization;

namespace Trireme.Contracts.Serialization;

/// <summary>
/// An amount in Kubernetes' notation, such as "500m" of cpu or "2Gi" of memory (k8s.io/apimachinery, resource.Quantity): a decimal number
/// with a suffix of powers of ten (n to E), of 1024 (Ki to Ei), or an exponent. Nothing is finer than a billionth, and nothing larger than
/// 2^63 - 1.
/// </summary>
public readonly record struct Quantity : IComparable<Quantity>
{
    private const int TextMax = 64;
    private const int NanoExponent = -9;
    private const int ExaExponent = 18;
    private const decimal Nano = 1e9m;
    private const string DecimalSuffixes = "num kMGTPE";
    private const string BinarySuffixes = " KMGTPE";

    private readonly Notation _notation;

    private Quantity(decimal value, Notation notation)
    {
        Value = value;
        _notation = notation;
    }

    private enum Notation
    {
        PowersOfTen,
        PowersOf1024,
        Exponent,
    }

    public static Quantity Zero { get; }

    /// <summary>The amount in whole units: cores, bytes, objects.</summary>
    public decimal Value { get; }

    public static Quantity Of(long count) => new(count, Notation.PowersOfTen);

    /// <summary>Reads an amount; false for a text that is none.</summary>
    public static bool TryParse(string? text, out Quantity quantity)
    {
        quantity = default;
        if (text is null || text.Length is 0 or > TextMax) return false;
        int end = text.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
        int digits = text[0] is '+' or '-' ? 1 : 0;
        int split = digits;
        while (split < text.Length && text[split] is (>= '0' and <= '9') or '.') split++;
        if (split == digits || end == 0) return false;
        const NumberStyles Plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (!double.TryParse(text.AsSpan(0, split), Plain, CultureInfo.InvariantCulture, out double size)) return false;
        if (!TryScale(text[split..], out double scale, out decimal exact, out Notation notation)) return false;
        if (Math.Abs(size * scale) >= long.MaxValue)
        {
            quantity = new Quantity(size < 0 ? -long.MaxValue : long.MaxValue, notation);
            return true;
        }

        if (!decimal.TryParse(text.AsSpan(0, split), Plain, CultureInfo.InvariantCulture, out decimal number)) return false;
        quantity = new Quantity(RoundUp(number * exact), notation);
        return true;
    }

    /// <summary>The exact sum, in the notation of the first; only its spelling is bounded.</summary>
    public static Quantity operator +(Quantity left, Quantity right) =>
        new(left.Value + right.Value, left.Value == 0 ? right._notation : left._notation);

    public static Quantity operator -(Quantity left, Quantity right) => new(left.Value - right.Value, left._notation);

    public static bool operator <(Quantity left, Quantity right) => left.Value < right.Value;

    public static bool operator >(Quantity left, Quantity right) => left.Value > right.Value;

    public static bool operator <=(Quantity left, Quantity right) => left.Value <= right.Value;

    public static bool operator >=(Quantity left, Quantity right) => left.Value >= right.Value;

    public static Quantity Add(Quantity left, Quantity right) => left + right;

    public static Quantity Subtract(Quantity left, Quantity right) => left - right;

    public int CompareTo(Quantity other) => Value.CompareTo(other.Value);

    public bool Equals(Quantity other) => Value == other.Value;

    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>The one spelling of the amount: the largest suffix that leaves a whole number.</summary>
    public override string ToString()
    {
        if (Value == 0) return "0";
        decimal value = Math.Clamp(Value, -long.MaxValue, long.MaxValue);
        bool isBinary = _notation == Notation.PowersOf1024 && Math.Abs(value) >= 1024 && decimal.IsInteger(value);
        if (isBinary)
        {
            (decimal size, int steps) = Reduced(value, 1024, BinarySuffixes.Length - 1);
            return Text(size) + (steps == 0 ? "" : BinarySuffixes[steps] + "i");
        }

        (decimal mantissa, int thousands) = Reduced(value * Nano, 1000, (ExaExponent - NanoExponent) / 3);
        int exponent = NanoExponent + (3 * thousands);
        if (exponent == 0) return Text(mantissa);
        return _notation == Notation.Exponent
            ? string.Create(CultureInfo.InvariantCulture, $"{Text(mantissa)}e{exponent}")
            : Text(mantissa) + DecimalSuffixes[thousands];
    }

    private static string Text(decimal whole) => whole.ToString("0", CultureInfo.InvariantCulture);

    private static (decimal Size, int Steps) Reduced(decimal size, int by, int stepsMax)
    {
        int steps = 0;
        while (steps < stepsMax && size % by == 0)
        {
            size /= by;
            steps++;
        }

        return (size, steps);
    }

    /// <summary>What is finer than a billionth is one more of them, so that nothing that is asked for is nothing.</summary>
    private static decimal RoundUp(decimal value)
    {
        decimal nano = value * Nano;
        return (value < 0 ? Math.Floor(nano) : Math.Ceiling(nano)) / Nano;
    }

    private static bool TryScale(string suffix, out double scale, out decimal exact, out Notation notation)
    {
        (scale, exact, notation) = (1, 1, Notation.PowersOfTen);
        if (suffix.Length == 0) return true;
        if (suffix.Length == 2 && suffix[1] == 'i' && BinarySuffixes.IndexOf(suffix[0], StringComparison.Ordinal) is > 0 and var steps)
        {
            notation = Notation.PowersOf1024;
            exact = 1L << (10 * steps);
        }
        else if (suffix.Length == 1 && suffix[0] != ' ' && DecimalSuffixes.Contains(suffix[0], StringComparison.Ordinal))
        {
            int place = DecimalSuffixes.IndexOf(suffix[0], StringComparison.Ordinal);
            exact = PowerOfTen(NanoExponent + (3 * place));
        }
        else
        {
            notation = Notation.Exponent;
            const NumberStyles Signed = NumberStyles.AllowLeadingSign;
            bool isExponent = suffix[0] is 'e' or 'E'
                && int.TryParse(suffix.AsSpan(1), Signed, CultureInfo.InvariantCulture, out int exponent)
                && TryPower(exponent, out scale, out exact);
            return isExponent;
        }

        scale = (double)exact;
        return true;
    }

    /// <summary>Powers that no amount needs are still read: the result is too large or too small, and bounded.</summary>
    private static bool TryPower(int exponent, out double scale, out decimal exact)
    {
        scale = Math.Pow(10, exponent);
        exact = exponent is > 27 or < -27 ? 0 : PowerOfTen(exponent);
        return true;
    }

    private static decimal PowerOfTen(int exponent)
    {
        decimal power = 1;
        for (int i = 0; i < Math.Abs(exponent); i++) power = exponent > 0 ? power * 10 : power / 10;
        return power;
    }
}
