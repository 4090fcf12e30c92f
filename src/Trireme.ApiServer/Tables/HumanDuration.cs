using System.Globalization;

namespace Trireme.ApiServer.Tables;

/// <summary>Ages as kubectl prints them: about two significant digits, such as 45s, 3m20s, 5h10m, 12d or 2y30d.</summary>
internal static class HumanDuration
{
    public static string Format(TimeSpan age)
    {
        // A clock that is a little ahead is not worth a negative age.
        if (age < TimeSpan.Zero) return age > TimeSpan.FromSeconds(-2) ? "0s" : "<invalid>";
        long seconds = (long)age.TotalSeconds;
        long minutes = seconds / 60;
        long hours = minutes / 60;
        long days = hours / 24;
        const int Year = 365;
        return age switch
        {
            { TotalMinutes: < 2 } => Text(seconds, 's'),
            { TotalMinutes: < 10 } => Text(minutes, 'm') + Rest(seconds % 60, 's'),
            { TotalHours: < 3 } => Text(minutes, 'm'),
            { TotalHours: < 8 } => Text(hours, 'h') + Rest(minutes % 60, 'm'),
            { TotalHours: < 48 } => Text(hours, 'h'),
            { TotalDays: < 8 } => Text(days, 'd') + Rest(hours % 24, 'h'),
            { TotalDays: < 2 * Year } => Text(days, 'd'),
            { TotalDays: < 8 * Year } => Text(days / Year, 'y') + Rest(days % Year, 'd'),
            _ => Text(days / Year, 'y'),
        };
    }

    private static string Text(long value, char unit) => string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");

    private static string Rest(long value, char unit) => value == 0 ? "" : Text(value, unit);
}
