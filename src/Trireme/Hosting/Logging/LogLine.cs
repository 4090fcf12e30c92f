using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Trireme.Hosting.Logging;

/// <summary>Makes one line of one message, as text for people or as a JSON object.</summary>
internal static class LogLine
{
    /// <summary>Longest message, exception or value; what is longer is cut, so that one line cannot fill the queue.</summary>
    private const int CharactersMax = 16 << 10;

    private const string OriginalFormat = "{OriginalFormat}";

    /// <summary>A JSON object: time, level, category and message, the message's values under "fields", and the exception.</summary>
    public static byte[] Json(
        DateTimeOffset time,
        LogLevel level,
        string category,
        string message,
        IReadOnlyList<KeyValuePair<string, object?>>? fields,
        Exception? exception)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", Timestamp(time));
            json.WriteString("level", Name(level));
            json.WriteString("category", category);
            json.WriteString("message", Cut(message));
            if (fields is { Count: > 0 }) WriteFields(json, fields);
            if (exception is not null) json.WriteString("exception", Cut(exception.ToString()));
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Time, level, category and message on one line; line breaks in it are written as blanks.</summary>
    public static byte[] Text(DateTimeOffset time, LogLevel level, string category, string message, Exception? exception)
    {
        var line = new StringBuilder(Timestamp(time));
        line.Append(' ').Append(Name(level)).Append(' ').Append(category).Append(' ').Append(Cut(message));
        if (exception is not null) line.Append(' ').Append(Cut(exception.ToString()));
        line.Replace("\r", "").Replace('\n', ' ').Append('\n');
        return Encoding.UTF8.GetBytes(line.ToString());
    }

    private static void WriteFields(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        json.WriteStartObject("fields");
        foreach ((string name, object? value) in fields)
        {
            switch (value)
            {
                case var _ when name == OriginalFormat:
                    break;
                case null:
                    json.WriteNull(name);
                    break;
                case bool flag:
                    json.WriteBoolean(name, flag);
                    break;
                case int or long or short or byte or uint or ulong:
                    json.WriteNumber(name, Convert.ToDecimal(value, CultureInfo.InvariantCulture));
                    break;
                case double number when double.IsFinite(number):
                    json.WriteNumber(name, number);
                    break;
                default:
                    json.WriteString(name, Cut(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
                    break;
            }
        }

        json.WriteEndObject();
    }

    private static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "information",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };

    private static string Cut(string text) => text.Length <= CharactersMax ? text : text[..CharactersMax] + "...";
}
