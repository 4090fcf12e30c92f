using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Trireme.Contracts.Serialization;

/// <summary>
/// Reads whole numbers however they are written: JSON knows one kind of number, and writers that keep all of theirs as floating point
/// send 2 as 2.0 or 2e0. Nothing is rounded on the way: 2.00000000000000000000000000000001 is no whole number.
/// </summary>
public static class JsonIntegers
{
    /// <summary>Digits of an <see cref="Int128"/> that hold any value.</summary>
    private const int DigitsMax = 38;

    /// <summary>Reads the number a reader stands at; false for anything but a whole one within the bounds.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, long least, long most, out long value)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value)) return value >= least && value <= most;
        value = 0;
        if (!TryRead(ref reader, out Int128 whole) || whole < least || whole > most) return false;
        value = (long)whole;
        return true;
    }

    /// <summary>Reads the number a reader stands at; false for anything but a whole one of at most 38 digits.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out Int128 value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number
            && TryParse(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan, out value);
    }

    /// <summary>What a JSON number amounts to; false where it is not whole or has more than 38 digits.</summary>
    /// <param name="number">The number as JSON writes it, in ASCII.</param>
    /// <param name="value">The whole number.</param>
    public static bool TryParse(ReadOnlySpan<byte> number, out Int128 value)
    {
        value = 0;
        bool isNegative = number is [(byte)'-', ..];
        if (isNegative) number = number[1..];
        int mark = number.IndexOfAny((byte)'e', (byte)'E');
        ReadOnlySpan<byte> mantissa = mark < 0 ? number : number[..mark];
        // A zero is one whatever its power.
        if (mantissa.IndexOfAnyExcept((byte)'0', (byte)'.') < 0) return mantissa.Length > 0;
        long power = 0;
        if (mark >= 0)
        {
            ReadOnlySpan<byte> exponent = number[(mark + 1)..];
            if (!Utf8Parser.TryParse(exponent, out int written, out int read) || read != exponent.Length) return false;
            power = written;
        }

        int point = mantissa.IndexOf((byte)'.');
        power -= point < 0 ? 0 : mantissa.Length - point - 1;
        int digits = 0, zeros = 0;
        foreach (byte character in mantissa)
        {
            if (character == '.' || (character == '0' && digits == 0)) continue;
            if (character == '0')
            {
                // Zeros at the end are powers of ten: those behind the point are no digits of a fraction.
                zeros++;
                continue;
            }

            digits += zeros + 1;
            if (digits > DigitsMax) return false;
            value = (value * PowerOfTen(zeros + 1)) + (character - '0');
            zeros = 0;
        }

        power += zeros;
        if (power < 0 || digits + power > DigitsMax) return false;
        value *= PowerOfTen((int)power);
        if (isNegative) value = -value;
        return true;
    }

    private static Int128 PowerOfTen(int power)
    {
        Int128 value = 1;
        for (; power > 0; power--) value *= 10;
        return value;
    }
}
