using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.Serialization;

/// <summary>A length of time written as Go and Kubernetes write it: "90s", "1m30s", "250ms", "2h".</summary>
[JsonConverter(typeof(DurationConverter))]
public readonly record struct Duration(TimeSpan Value) : IComparable<Duration>
{
    public const string Pattern = @"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$";

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>The name of this form in a schema, as Kubernetes has it.</summary>
    public const string Format = "duration";

    /// <summary>A hundred years: far past any timeout, and small enough that no sum of a few overflows.</summary>
    public static Duration Longest { get; } = new(TimeSpan.FromHours(876_000));

    public static Duration Zero => new(TimeSpan.Zero);

    public double TotalSeconds => Value.TotalSeconds;

    public static Duration FromSeconds(double seconds) => new(TimeSpan.FromSeconds(seconds));

    public int CompareTo(Duration other) => Value.CompareTo(other.Value);

    public static bool operator <(Duration left, Duration right) => left.Value < right.Value;

    public static bool operator >(Duration left, Duration right) => left.Value > right.Value;

    public static bool operator <=(Duration left, Duration right) => left.Value <= right.Value;

    public static bool operator >=(Duration left, Duration right) => left.Value >= right.Value;

    public static implicit operator TimeSpan(Duration duration) => duration.Value;

    /// <summary>Reads a duration; the units are ms, s, m and h, each with an optional fraction.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Duration duration)
    {
        bool read = TryMeasure(text, out double seconds) && seconds <= Longest.TotalSeconds;
        duration = read ? FromSeconds(seconds) : Zero;
        return read;
    }

    /// <summary>What is wrong with a text that is not read, to go on a sentence that begins with it.</summary>
    public static string Problem(ReadOnlySpan<char> text) => TryMeasure(text, out double seconds) && seconds > Longest.TotalSeconds
        ? $"is too long a duration; the longest is {Longest}"
        : "is not a duration; write it like 30s, 1m30s or 250ms";

    /// <summary>The seconds a text stands for, however many.</summary>
    private static bool TryMeasure(ReadOnlySpan<char> text, out double seconds)
    {
        seconds = 0;
        if (text is "0") return true;
        if (text.IsEmpty) return false;
        while (!text.IsEmpty)
        {
            int digits = text.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0) return false;
            if (!double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return false;
            }

            text = text[digits..];
            int unitLength = text.IndexOfAny(NumberCharacters) is var next and >= 0 ? next : text.Length;
            double? unitSeconds = text[..unitLength] switch
            {
                "ms" => 0.001,
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                _ => null,
            };
            if (unitSeconds is not { } factor) return false;
            seconds += number * factor;
            text = text[unitLength..];
        }

        return true;
    }

    public override string ToString()
    {
        if (Value == TimeSpan.Zero) return "0s";
        var text = new StringBuilder();
        if (Value.Ticks < 0) text.Append('-');
        TimeSpan rest = Value.Duration();
        if (rest.TotalHours >= 1) text.Append(CultureInfo.InvariantCulture, $"{(long)rest.TotalHours}h");
        if (rest.Minutes > 0) text.Append(CultureInfo.InvariantCulture, $"{rest.Minutes}m");
        if (rest.Seconds > 0) text.Append(CultureInfo.InvariantCulture, $"{rest.Seconds}s");
        double milliseconds = rest.TotalMilliseconds % 1000;
        if (milliseconds > 0) text.Append(CultureInfo.InvariantCulture, $"{milliseconds:0.###}ms");
        return text.ToString();
    }
}

internal sealed class DurationConverter : JsonConverter<Duration>
{
    public override Duration Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return Duration.TryParse(text, out Duration duration)
            ? duration
            : throw new JsonException($"'{text}' {Duration.Problem(text)}.");
    }

    public override void Write(Utf8JsonWriter writer, Duration value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
