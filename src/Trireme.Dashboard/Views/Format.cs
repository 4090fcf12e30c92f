using System.Globalization;

namespace Trireme.Dashboard.Views;

/// <summary>Numbers as people read them; a dash where there is none.</summary>
internal static class Format
{
    public const string None = "–";

    public static string Count(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A gauge that holds whole numbers.</summary>
    public static string Whole(double? value) => Fixed(value, 0);

    public static string Fixed(double? value, int digits) =>
        value is { } number && double.IsFinite(number) ? number.ToString($"F{digits}", CultureInfo.InvariantCulture) : None;

    /// <summary>The chance of a test; one that rounds to nothing is said to be small and not to be nothing.</summary>
    public static string Chance(double? value) => value switch
    {
        null => None,
        < 0.001 => "p < 0.001",
        { } known => "p = " + Text(known, "0.000"),
    };

    public static string Rate(double? perSecond) => perSecond is not { } value || !double.IsFinite(value)
        ? None
        : value switch
        {
            >= 999.5 => Text(value / 1000, "0.0") + "k",
            >= 99.95 => Text(value, "0"),
            _ => Text(value, "0.0"),
        };

    public static string Seconds(double? seconds) => seconds is not { } value || !double.IsFinite(value)
        ? None
        : value switch
        {
            < 0.0995 => Text(value * 1000, "0.#") + " ms",
            < 0.9995 => Text(value * 1000, "0") + " ms",
            < 100 => Text(value, "0.00") + " s",
            _ => Text(value / 60, "0.0") + " min",
        };

    public static string Percent(double? share) => share is not { } value || !double.IsFinite(value)
        ? None
        : Text(value * 100, value is > 0 and < 0.0995 ? "0.0" : "0") + " %";

    public static string Age(DateTimeOffset? since, DateTimeOffset now)
    {
        if (since is not { } start) return None;
        TimeSpan age = now - start;
        return age switch
        {
            _ when age < TimeSpan.FromSeconds(1) => "now",
            _ when age.TotalMinutes < 2 => $"{(int)age.TotalSeconds} s",
            _ when age.TotalHours < 2 => $"{(int)age.TotalMinutes} min",
            _ when age.TotalDays < 2 => $"{(int)age.TotalHours} h",
            _ => $"{(int)age.TotalDays} d",
        };
    }

    public static string ShortHash(string contentHash)
    {
        string digits = contentHash[(contentHash.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return digits[..Math.Min(12, digits.Length)];
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
