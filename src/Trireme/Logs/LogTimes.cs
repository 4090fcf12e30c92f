using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Logs;

/// <summary>Reads when a line was written, and shows the platform's lines of JSON as text.</summary>
internal static class LogTimes
{
    private const int StampMax = 40;

    /// <summary>The time a line begins with, or that its JSON says; null for one without, such as a part of a stack trace.</summary>
    public static DateTimeOffset? Of(string line)
    {
        const string Begin = "{\"time\":\"";
        if (line.StartsWith(Begin, StringComparison.Ordinal))
        {
            return Parse(line[Begin.Length..Math.Min(line.Length, Begin.Length + StampMax)].Split('"')[0]);
        }

        int blank = line.IndexOf(' ', StringComparison.Ordinal);
        return blank is > 0 and < StampMax ? Parse(line[..blank]) : null;
    }

    /// <summary>A line of JSON as time, level, category, message and exception; any other line as it is.</summary>
    public static string ToText(string line)
    {
        if (!line.StartsWith('{')) return line;
        try
        {
            if (JsonNode.Parse(line) is not JsonObject json || json["message"] is null) return line;
            string exception = (string?)json["exception"] is { } thrown ? "\n" + thrown : "";
            return $"{(string?)json["time"]} {(string?)json["level"]} {(string?)json["category"]} {(string?)json["message"]}{exception}";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return line;
        }
    }

    private static DateTimeOffset? Parse(string text) =>
        text.Contains('T', StringComparison.Ordinal)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : null;
}
