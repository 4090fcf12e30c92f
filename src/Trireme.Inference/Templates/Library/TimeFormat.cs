using System.Globalization;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>strftime's directives in the C locale, as glibc writes them for a time without a zone.</summary>
internal static class TimeFormat
{
    public static TemplateText Apply(TemplateText format, DateTimeOffset time, RenderState state)
    {
        var output = new BoundedText(state);
        string text = format.Value;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                output.Add(format, i, 1);
                continue;
            }

            // Flags change how a number is padded or a text is spelled; a letter that means nothing is written as it stands.
            int start = i;
            char flag = '\0';
            while (i + 1 < text.Length && text[i + 1] is '-' or '_' or '0' or '^' or '#') flag = text[++i];
            if (i + 1 < text.Length && Directive(text[i + 1], time) is { } value)
            {
                i++;
                output.Append(Flagged(value, text[i], flag));
            }
            else
            {
                i = Math.Min(i + 1, text.Length - 1);
                output.Add(format, start, i + 1 - start);
            }
        }

        return output.ToText();
    }

    private static string Flagged(string value, char directive, char flag)
    {
        bool isNumber = "dmyYHIMSjUWVGgCeklwus".Contains(directive, StringComparison.Ordinal);
        string digits = value.TrimStart('0', ' ') is { Length: > 0 } trimmed ? trimmed : "0";
        return flag switch
        {
            '-' when isNumber => digits,
            '_' when isNumber => digits.PadLeft(value.Length),
            '0' when isNumber => digits.PadLeft(value.Length, '0'),
            '^' => value.ToUpperInvariant(),
            '#' when directive is 'p' => value.ToLowerInvariant(),
            '#' => value.ToUpperInvariant(),
            _ => value,
        };
    }

    private static string? Directive(char directive, DateTimeOffset time) => directive switch
    {
        'Y' => time.Year.ToString(CultureInfo.InvariantCulture),
        'y' => Text(time, "yy"),
        'C' => (time.Year / 100).ToString("00", CultureInfo.InvariantCulture),
        'm' => Text(time, "MM"),
        'd' => Text(time, "dd"),
        'e' => Spaced(time.Day),
        'B' => Text(time, "MMMM"),
        'b' or 'h' => Text(time, "MMM"),
        'A' => Text(time, "dddd"),
        'a' => Text(time, "ddd"),
        'H' => Text(time, "HH"),
        'k' => Spaced(time.Hour),
        'I' => Text(time, "hh"),
        'l' => Spaced((time.Hour + 11) % 12 + 1),
        'M' => Text(time, "mm"),
        'S' => Text(time, "ss"),
        'p' => Text(time, "tt"),
        'P' => Text(time, "tt").ToLowerInvariant(),
        'f' => Text(time, "ffffff"),
        's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
        'U' => Week(time, firstDay: 0),
        'W' => Week(time, firstDay: 1),
        'V' => ISOWeek.GetWeekOfYear(time.DateTime).ToString("00", CultureInfo.InvariantCulture),
        'G' => ISOWeek.GetYear(time.DateTime).ToString(CultureInfo.InvariantCulture),
        'g' => (ISOWeek.GetYear(time.DateTime) % 100).ToString("00", CultureInfo.InvariantCulture),
        'F' => Text(time, "yyyy-MM-dd"),
        'T' or 'X' => Text(time, "HH:mm:ss"),
        'R' => Text(time, "HH:mm"),
        'r' => Text(time, "hh:mm:ss tt"),
        'D' or 'x' => Text(time, "MM/dd/yy"),
        'c' => Text(time, "ddd MMM ") + Spaced(time.Day) + Text(time, " HH:mm:ss yyyy"),
        'z' or 'Z' => "",
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => null,
    };

    /// <summary>Full weeks since the year's first Sunday or Monday.</summary>
    private static string Week(DateTimeOffset time, int firstDay) =>
        ((time.DayOfYear + 6 - ((int)time.DayOfWeek + 7 - firstDay) % 7) / 7).ToString("00", CultureInfo.InvariantCulture);

    private static string Spaced(int number) => number.ToString(CultureInfo.InvariantCulture).PadLeft(2);

    private static string Text(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
