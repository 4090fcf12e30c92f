using System.Globalization;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>
/// Numbers within bounds, digit by digit. Digits are limited where a schema sets no limit, so that a model cannot fill an answer with
/// them and every reader gets the number that was written: 15 before the point, 12 after it.
/// </summary>
internal static class NumberPatterns
{
    private const int FractionDigitsMax = 12;
    private const int ZerosMax = 4;

    /// <summary>The largest integer with fifteen digits, all of which a double keeps.</summary>
    private const long UnboundedMax = 999_999_999_999_999;

    private static Pattern Digit { get; } = new SetPattern(CharacterSet.Digits);

    private static Pattern Digits { get; } = Pattern.Repeat(Digit, 0, FractionDigitsMax);

    private static Pattern AnyFraction { get; } =
        Pattern.Optional(Pattern.Sequence(Pattern.One('.'), Pattern.Repeat(Digit, 1, FractionDigitsMax)));

    public static Pattern AnyNumber { get; } = PatternParser.ParseWhole(
        @"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,12})?(?:[Ee][+-]?[0-9]{1,2})?", "number");

    /// <summary>The integers from <paramref name="low"/> to <paramref name="high"/>, both included; null when there are none.</summary>
    public static Pattern? Integers(long? low, long? high)
    {
        // A bound beyond the usual range carries the other end along.
        long first = low ?? Math.Min(-UnboundedMax, high - UnboundedMax ?? 0);
        long last = high ?? Math.Max(UnboundedMax, low + UnboundedMax ?? 0);
        if (first > last) return null;
        var alternatives = new List<Pattern>();
        if (first < 0) alternatives.Add(Pattern.Sequence(Pattern.One('-'), Natural(Math.Max(1, -last), -first)));
        if (last >= 0) alternatives.Add(Natural(Math.Max(0, first), last));
        return new AnyPattern(alternatives);
    }

    /// <summary>The decimal numbers within bounds, without an exponent; null when there are none.</summary>
    public static Pattern? Numbers(NumberBound? low, NumberBound? high)
    {
        var alternatives = new List<Pattern>();
        NumberBound zero = new(0, Exclusive: false);
        if (high is null || high.Value > 0 || (high.Value == 0 && !high.Exclusive))
        {
            Add(NonNegative(low is null || low.Value < 0 ? zero : low, high));
        }

        if (low is null || low.Value < 0)
        {
            NumberBound least = high is null || high.Value >= 0 ? new NumberBound(0, Exclusive: true) : high.Negated;
            if (NonNegative(least, low?.Negated) is { } magnitude) Add(Pattern.Sequence(Pattern.One('-'), magnitude));
        }

        return alternatives.Count == 0 ? null : new AnyPattern(alternatives);

        void Add(Pattern? pattern)
        {
            if (pattern is not null) alternatives.Add(pattern);
        }
    }

    private static AnyPattern? NonNegative(NumberBound low, NumberBound? high)
    {
        if (high is not null && (low.Value > high.Value || (low.Value == high.Value && (low.Exclusive || high.Exclusive)))) return null;
        decimal largest = Math.Max(UnboundedMax, low.Value + UnboundedMax);
        long first = (long)decimal.Floor(low.Value), last = (long)decimal.Floor(high?.Value ?? largest);
        var alternatives = new List<Pattern>();
        if (first == last)
        {
            Add(first, new Fraction(low, high).Pattern());
        }
        else
        {
            Add(first, new Fraction(low, null).Pattern());
            if (first + 1 <= last - 1) alternatives.Add(Pattern.Sequence(Natural(first + 1, last - 1), AnyFraction));
            Add(last, high is null ? AnyFraction : new Fraction(null, high).Pattern());
        }

        return alternatives.Count == 0 ? null : new AnyPattern(alternatives);

        void Add(long whole, Pattern? fraction)
        {
            if (fraction is not null) alternatives.Add(Pattern.Sequence(Text(whole), fraction));
        }
    }

    /// <summary>The natural numbers of a range: those of each number of digits in turn.</summary>
    private static AnyPattern Natural(long low, long high)
    {
        var alternatives = new List<Pattern>();
        while (true)
        {
            int length = Show(low).Length;
            long end = length >= 19 ? high : Math.Min(high, (long)Math.Pow(10, length) - 1);
            alternatives.Add(SameLength(Show(low), Show(end), 0, lowTight: true, highTight: true));
            if (end == high) return new AnyPattern(alternatives);
            low = end + 1;
        }
    }

    private static Pattern SameLength(string low, string high, int at, bool lowTight, bool highTight)
    {
        int rest = low.Length - at;
        if (rest == 0) return Pattern.Nothing;
        if (!lowTight && !highTight) return Pattern.Repeat(Digit, rest, rest);
        char first = lowTight ? low[at] : '0', last = highTight ? high[at] : '9';
        if (first == last) return Pattern.Sequence(Pattern.One(first), SameLength(low, high, at + 1, lowTight, highTight));

        var alternatives = new List<Pattern>();
        if (lowTight)
        {
            alternatives.Add(Pattern.Sequence(Pattern.One(first++), SameLength(low, high, at + 1, lowTight: true, highTight: false)));
        }

        if (highTight)
        {
            alternatives.Add(Pattern.Sequence(Pattern.One(last--), SameLength(low, high, at + 1, lowTight: false, highTight: true)));
        }

        if (first <= last) alternatives.Add(Pattern.Sequence(Between(first, last), Pattern.Repeat(Digit, rest - 1, rest - 1)));
        return new AnyPattern(alternatives);
    }

    private static SetPattern Between(char first, char last) => new(CharacterSet.Of(new CharacterRange(first, last)));

    private static Pattern Text(long value) => Pattern.Text(Show(value));

    private static string Show(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>What may follow the whole part of a number at one bound, or at both.</summary>
    private sealed class Fraction(NumberBound? low, NumberBound? high)
    {
        private readonly string _low = DigitsOf(low);
        private readonly string _high = DigitsOf(high);

        public AnyPattern? Pattern()
        {
            var alternatives = new List<Pattern>();
            if (MayStop(0, low is not null, high is not null)) alternatives.Add(Patterns.Pattern.Nothing);
            if (Some(0, low is not null, high is not null) is { } digits)
            {
                alternatives.Add(Patterns.Pattern.Sequence(Patterns.Pattern.One('.'), digits));
            }

            return alternatives.Count == 0 ? null : new AnyPattern(alternatives);
        }

        /// <summary>Whether the digits before this one, followed by zeros, are within the bounds they are still equal to.</summary>
        private bool MayStop(int at, bool lowTight, bool highTight)
        {
            bool lowEqual = at >= _low.Length, highEqual = at >= _high.Length;
            if (lowTight && (!lowEqual || low!.Exclusive)) return false;
            return !highTight || !highEqual || !high!.Exclusive;
        }

        /// <summary>At least one further digit; null when none fits.</summary>
        private Pattern? Some(int at, bool lowTight, bool highTight)
        {
            if (!lowTight && !highTight) return Patterns.Pattern.Repeat(Digit, 1, FractionDigitsMax);
            if (at >= Math.Max(_low.Length, _high.Length)) return AfterBounds(lowTight, highTight);
            char first = lowTight ? DigitAt(_low, at) : '0', last = highTight ? DigitAt(_high, at) : '9';
            var alternatives = new List<Pattern>();
            for (char digit = first; digit <= last; digit++)
            {
                Pattern? rest = Rest(at + 1, lowTight && digit == first, highTight && digit == last);
                if (rest is not null) alternatives.Add(Patterns.Pattern.Sequence(Patterns.Pattern.One(digit), rest));
            }

            return alternatives.Count == 0 ? null : new AnyPattern(alternatives);
        }

        private Pattern? Rest(int at, bool lowTight, bool highTight)
        {
            if (!lowTight && !highTight) return Digits;
            bool mayStop = MayStop(at, lowTight, highTight);
            Pattern? more = Some(at, lowTight, highTight);
            if (!mayStop) return more;
            return more is null ? Patterns.Pattern.Nothing : Patterns.Pattern.Optional(more);
        }

        /// <summary>Digits after those of the bounds: anything above the lower one, only zeros at the upper one.</summary>
        private Pattern? AfterBounds(bool lowTight, bool highTight)
        {
            Pattern zeros = Patterns.Pattern.Repeat(Patterns.Pattern.One('0'), 1, ZerosMax);
            if (highTight) return high!.Exclusive || (lowTight && low!.Exclusive) ? null : zeros;
            if (!low!.Exclusive) return Patterns.Pattern.Repeat(Digit, 1, FractionDigitsMax);
            return Patterns.Pattern.Sequence(
                Patterns.Pattern.Repeat(Patterns.Pattern.One('0'), 0, ZerosMax), Between('1', '9'), Digits);
        }

        private static char DigitAt(string digits, int at) => at < digits.Length ? digits[at] : '0';

        private static string DigitsOf(NumberBound? bound)
        {
            if (bound is null) return "";
            string text = bound.Value.ToString(CultureInfo.InvariantCulture);
            int point = text.IndexOf('.', StringComparison.Ordinal);
            return point < 0 ? "" : text[(point + 1)..].TrimEnd('0');
        }
    }
}

/// <summary>A limit of numbers, itself within it or not.</summary>
internal sealed record NumberBound(decimal Value, bool Exclusive)
{
    public NumberBound Negated => this with { Value = -Value };
}
