using System.Globalization;
using System.Numerics;
using System.Text;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>Numbers that are multiples of another one, digit by digit: an automaton carries what is left of a division.</summary>
internal static class Multiples
{
    /// <summary>Fewer multiples than this within the bounds are written out.</summary>
    private const int ListedMax = 1_000;

    private const int RemaindersMax = 20_000;

    /// <summary>Everything but the characters of numbers is one class.</summary>
    private static readonly int[] Starts = [0, '-', '.', '/', .. Enumerable.Range('0', 11)];

    private enum Part : byte
    {
        Start,
        Minus,
        Zero,
        Whole,
        Point,
        Fraction,
    }

    /// <summary>The multiples within bounds where they are few; null where they are too many to list.</summary>
    public static List<byte[]>? List(decimal step, NumberBound? low, NumberBound? high)
    {
        if (low is null || high is null) return null;
        decimal first = decimal.Ceiling(low.Value / step), last = decimal.Floor(high.Value / step);
        if (low.Exclusive && first * step == low.Value) first++;
        if (high.Exclusive && last * step == high.Value) last--;
        if (last - first >= ListedMax) return null;
        var texts = new List<byte[]>();
        for (decimal factor = first; factor <= last; factor++) texts.Add(Encoding.ASCII.GetBytes(Text(factor * step)));
        return texts;
    }

    /// <summary>The multiples of a whole number, of any sign and size.</summary>
    /// <exception cref="GrammarException">There are too many remainders.</exception>
    public static Pattern Whole(BigInteger step, string path)
    {
        // Zeros at its end are zeros at the end of every multiple, which need no division.
        int zeros = 0;
        for (; step % 10 == 0; step /= 10) zeros++;
        int divisor = Check(step, zeros + 1, path);
        return new AutomatonPattern(Automaton.Explore(
            Starts,
            new State(Part.Start, 0, 0),
            state => state.Part == Part.Zero || (state.Part == Part.Whole && state.Remainder == 0 && state.Count == zeros),
            (state, character) => NextWhole(state, character, divisor, zeros)));
    }

    /// <summary>The multiples of a number with a fraction, with as many digits after the point as it has itself.</summary>
    /// <exception cref="GrammarException">There are too many remainders.</exception>
    public static Pattern Decimal(decimal step, string path)
    {
        int digits = Digits(step);
        int divisor = Check(Scaled(step, digits), digits + 2, path);
        return new AutomatonPattern(Automaton.Explore(
            Starts,
            new State(Part.Start, 0, 0),
            state => state.Part is Part.Zero or Part.Whole or Part.Fraction
                && state.Remainder * BigInteger.Pow(10, digits - state.Count) % divisor == 0,
            (state, character) => NextDecimal(state, character, divisor, digits)));
    }

    /// <summary>The smallest whole number above zero whose multiples are the whole multiples of a step.</summary>
    public static BigInteger WholeStep(decimal step)
    {
        BigInteger power = BigInteger.Pow(10, Digits(step)), scaled = Scaled(step, Digits(step));
        return scaled / BigInteger.GreatestCommonDivisor(scaled, power);
    }

    /// <summary>The smallest number that is a multiple of both; null for one that is too long.</summary>
    public static decimal? Common(decimal first, decimal second)
    {
        int digits = Math.Max(Digits(first), Digits(second));
        BigInteger left = Scaled(first, digits), right = Scaled(second, digits);
        BigInteger common = left / BigInteger.GreatestCommonDivisor(left, right) * right;
        return common > (BigInteger)1e27 ? null : (decimal)common / (decimal)BigInteger.Pow(10, digits);
    }

    private static int Check(BigInteger divisor, int states, string path) => divisor * states <= RemaindersMax
        ? (int)divisor
        : throw new GrammarException(
            $"multipleOf at {path} has too many digits for an automaton; limit the value with minimum and maximum to fewer than "
            + $"{ListedMax} multiples, or leave it out.");

    private static State? NextWhole(State state, int character, int divisor, int zeros)
    {
        if (Begin(state, character) is { } begun) return begun == state ? null : begun with { Remainder = begun.Remainder % divisor };
        if (state.Part != Part.Whole || character is < '0' or > '9') return null;
        if (character == '0' && state.Count < zeros) return state with { Count = state.Count + 1 };
        if (character == '0') return state with { Remainder = (int)(state.Remainder * 10L % divisor) };
        BigInteger shifted = state.Remainder * BigInteger.Pow(10, state.Count + 1);
        return new State(Part.Whole, (int)((shifted + (character - '0')) % divisor), 0);
    }

    private static State? NextDecimal(State state, int character, int divisor, int digits)
    {
        if (Begin(state, character) is { } begun) return begun == state ? null : begun with { Remainder = begun.Remainder % divisor };
        if (character == '.' && state.Part is Part.Zero or Part.Whole) return digits == 0 ? null : state with { Part = Part.Point };
        if (character is < '0' or > '9' || state.Part == Part.Zero) return null;
        int remainder = (int)(((state.Remainder * 10L) + character - '0') % divisor);
        if (state.Part == Part.Whole) return state with { Remainder = remainder };
        return state.Count == digits ? null : new State(Part.Fraction, remainder, state.Count + 1);
    }

    /// <summary>The state after the first characters; the same state where none may follow, null behind them.</summary>
    private static State? Begin(State state, int character)
    {
        if (state.Part > Part.Minus) return null;
        if (character == '-' && state.Part == Part.Start) return new State(Part.Minus, 0, 0);
        if (character == '0') return new State(Part.Zero, 0, 0);
        return character is >= '1' and <= '9' ? new State(Part.Whole, character - '0', 0) : state;
    }

    private static int Digits(decimal value)
    {
        string text = Text(value);
        int point = text.IndexOf('.', StringComparison.Ordinal);
        return point < 0 ? 0 : text.Length - point - 1;
    }

    private static BigInteger Scaled(decimal value, int digits) => (BigInteger)(value * (decimal)BigInteger.Pow(10, digits));

    private static string Text(decimal value)
    {
        string text = value.ToString(CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
    }

    /// <param name="Part">The part of the number that was read.</param>
    /// <param name="Remainder">What is left of a division of the digits so far, those counted in whole numbers left out.</param>
    /// <param name="Count">Zeros at the end of a whole number, or digits after the point.</param>
    private sealed record State(Part Part, int Remainder, int Count);
}
