using static Trireme.Telemetry.PromQL.Syntax.ValueKind;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>Parts of the date, in UTC, that a sample means as seconds since the Unix epoch.</summary>
internal static class CalendarFunctions
{
    public static IEnumerable<Function> All { get; } =
    [
        Of("day_of_month", static date => date.Day),
        Of("day_of_week", static date => (int)date.DayOfWeek),
        Of("day_of_year", static date => date.DayOfYear),
        Of("days_in_month", static date => DateTime.DaysInMonth(date.Year, date.Month)),
        Of("hour", static date => date.Hour),
        Of("minute", static date => date.Minute),
        Of("month", static date => date.Month),
        Of("year", static date => date.Year),
    ];

    private static SampleFunction Of(string name, Func<DateTimeOffset, int> part) =>
        new(name, (seconds, _) => IsDate(seconds) ? part(DateTimeOffset.FromUnixTimeSeconds((long)seconds)) : double.NaN, Vector)
        {
            Optional = 1,
            DependsOnTime = true,
            DefaultsToTime = true,
        };

    private static bool IsDate(double seconds) =>
        seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds();
}
