using System.Globalization;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>Durations such as <c>1h30m</c>: units from years to milliseconds, each at most once, from the largest down.</summary>
internal static class PromDuration
{
    private static readonly (string Unit, long Ms)[] Units =
    [
        ("y", 365L * 86_400_000),
        ("w", 7L * 86_400_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];

    public static bool TryParse(ReadOnlySpan<char> text, out long milliseconds)
    {
        milliseconds = 0;
        if (text is "0") return true;
        if (text.IsEmpty) return false;
        int smallest = -1;
        while (!text.IsEmpty)
        {
            int digits = Run(text, char.IsAsciiDigit);
            int letters = Run(text[digits..], char.IsAsciiLetter);
            int unit = IndexOf(text.Slice(digits, letters));
            if (unit <= smallest) return false;
            if (!long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long count)) return false;
            if (count > (long.MaxValue / 2 / Units[unit].Ms)) return false;
            milliseconds += count * Units[unit].Ms;
            if (milliseconds > TimeSpan.MaxValue.TotalMilliseconds) return false;
            smallest = unit;
            text = text[(digits + letters)..];
        }

        return true;
    }

    private static int IndexOf(ReadOnlySpan<char> unit)
    {
        for (int i = 0; i < Units.Length; i++)
        {
            if (unit.SequenceEqual(Units[i].Unit)) return i;
        }

        return -1;
    }

    private static int Run(ReadOnlySpan<char> text, Func<char, bool> belongs)
    {
        int length = 0;
        while (length < text.Length && belongs(text[length])) length++;
        return length;
    }
}
