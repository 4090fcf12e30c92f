using System.Globalization;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>strftime's directives, in English.</summary>
internal static class TimeFormat
{
    public static string Apply(string format, DateTimeOffset time, RenderState state)
    {
        var output = new BoundedText(state);
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                output.Append(format[i]);
                continue;
            }

            // "%-d" drops a leading zero.
            bool unpadded = i + 2 < format.Length && format[i + 1] == '-';
            i += unpadded ? 2 : 1;
            string? value = i < format.Length ? Directive(format[i], time) : null;
            if (value is null) throw state.Fail($"'strftime_now' does not know a directive of '{format}'.");
            output.Append(unpadded && value.Length > 1 ? value.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0" : value);
        }

        return output.ToString();
    }

    private static string? Directive(char directive, DateTimeOffset time) => directive switch
    {
        'Y' => Text(time, "yyyy"),
        'y' => Text(time, "yy"),
        'm' => Text(time, "MM"),
        'd' => Text(time, "dd"),
        'B' => Text(time, "MMMM"),
        'b' or 'h' => Text(time, "MMM"),
        'A' => Text(time, "dddd"),
        'a' => Text(time, "ddd"),
        'H' => Text(time, "HH"),
        'I' => Text(time, "hh"),
        'M' => Text(time, "mm"),
        'S' => Text(time, "ss"),
        'p' => Text(time, "tt"),
        'f' => Text(time, "ffffff"),
        'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'F' => Text(time, "yyyy-MM-dd"),
        'T' => Text(time, "HH:mm:ss"),
        'D' => Text(time, "MM/dd/yy"),
        '%' => "%",
        _ => null,
    };

    private static string Text(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
