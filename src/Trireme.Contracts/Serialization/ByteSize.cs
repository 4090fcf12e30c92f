using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.Serialization;

/// <summary>An amount of memory in bytes, written as a Kubernetes quantity: "512Mi", "2Gi", "1500M" or plain bytes.</summary>
[JsonConverter(typeof(ByteSizeConverter))]
public readonly record struct ByteSize(long Bytes)
{
    public const string Pattern = @"^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$";

    private static readonly (string Suffix, double Factor)[] Units =
    [
        ("Ti", 1024d * 1024 * 1024 * 1024), ("Gi", 1024d * 1024 * 1024), ("Mi", 1024d * 1024), ("Ki", 1024d),
        ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3),
    ];

    public static bool TryParse(ReadOnlySpan<char> text, out ByteSize size)
    {
        size = default;
        double factor = 1;
        foreach ((string suffix, double unit) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)) continue;
            factor = unit;
            text = text[..^suffix.Length];
            break;
        }

        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)) return false;
        double bytes = number * factor;
        if (bytes > long.MaxValue / 2) return false;
        size = new ByteSize((long)bytes);
        return true;
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

internal sealed class ByteSizeConverter : JsonConverter<ByteSize>
{
    public override ByteSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number) return new ByteSize(reader.GetInt64());
        string? text = reader.GetString();
        return ByteSize.TryParse(text, out ByteSize size)
            ? size
            : throw new JsonException($"'{text}' is not an amount of memory; write it like 512Mi, 2Gi or a number of bytes.");
    }

    public override void Write(Utf8JsonWriter writer, ByteSize value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
