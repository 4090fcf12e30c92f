using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.Serialization;

/// <summary>An amount of memory in bytes, written as a Kubernetes quantity: "512Mi", "2Gi", "1500M", "2e9" or plain bytes.</summary>
[JsonConverter(typeof(ByteSizeConverter))]
public readonly record struct ByteSize(long Bytes)
{
    public const string Pattern = @"^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T|[eE][+-]?[0-9]+)?$";

    /// <summary>1024Ti: past any machine's memory, and small enough that every whole number below it is exact in a double.</summary>
    public const long BytesMax = 1L << 50;

    private static readonly (string Suffix, double Factor)[] Units =
    [
        ("Ti", 1024d * 1024 * 1024 * 1024), ("Gi", 1024d * 1024 * 1024), ("Mi", 1024d * 1024), ("Ki", 1024d),
        ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3),
    ];

    public static bool TryParse(ReadOnlySpan<char> text, out ByteSize size)
    {
        bool read = TryMeasure(text, out double bytes) && bytes <= BytesMax;
        size = read ? new ByteSize((long)bytes) : default;
        return read;
    }

    /// <summary>What is wrong with a text that is not read, to go on a sentence that begins with it.</summary>
    public static string Problem(ReadOnlySpan<char> text) => TryMeasure(text, out double bytes) && bytes > BytesMax
        ? $"is more memory than any machine has; the most is {new ByteSize(BytesMax)}"
        : "is not an amount of memory; write it like 512Mi, 2Gi or a whole number of bytes";

    /// <summary>The bytes a text stands for, however many.</summary>
    internal static bool TryMeasure(ReadOnlySpan<char> text, out double bytes)
    {
        double factor = 1;
        foreach ((string suffix, double unit) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)) continue;
            factor = unit;
            text = text[..^suffix.Length];
            break;
        }

        NumberStyles style = factor == 1 ? NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent : NumberStyles.AllowDecimalPoint;
        bool read = double.TryParse(text, style, CultureInfo.InvariantCulture, out double number);
        bytes = number * factor;
        return read;
    }

    /// <summary>Rounded for people, in mebibytes or gibibytes: "512.0 MiB", "1.25 GiB".</summary>
    public string ToRoundedText() => Bytes < 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{Bytes / 1048576.0:0.0} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{Bytes / 1073741824.0:0.00} GiB");

    public override string ToString()
    {
        foreach ((string suffix, double factor) in Units.AsSpan(0, 4))
        {
            if (Bytes >= factor && Bytes % (long)factor == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{Bytes / (long)factor}{suffix}");
            }
        }

        return Bytes.ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary>
/// Reads any whole number of bytes, because objects were stored with sizes that are refused today; what may be written is for the
/// schema to say.
/// </summary>
internal sealed class ByteSizeConverter : JsonConverter<ByteSize>
{
    public override ByteSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (JsonIntegers.TryRead(ref reader, long.MinValue, long.MaxValue, out long whole)) return new ByteSize(whole);
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : Encoding.UTF8.GetString(reader.ValueSpan);
        return reader.TokenType == JsonTokenType.String && ByteSize.TryMeasure(text, out double bytes) && bytes < long.MaxValue
            ? new ByteSize((long)bytes)
            : throw new JsonException($"'{text}' {ByteSize.Problem(text)}.");
    }

    public override void Write(Utf8JsonWriter writer, ByteSize value, JsonSerializerOptions options)
    {
        // Sizes past the limits come from such objects alone, as numbers; their text could not be read again.
        if (value.Bytes is < 0 or > ByteSize.BytesMax) writer.WriteNumberValue(value.Bytes);
        else writer.WriteStringValue(value.ToString());
    }
}
