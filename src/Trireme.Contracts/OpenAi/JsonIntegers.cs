using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>
/// Reads whole numbers however they are written: JSON knows one kind of number, and writers that keep all of theirs as floating point
/// send 2 as 2.0 or 2e0.
/// </summary>
internal static class JsonIntegers
{
    public static bool TryRead(ref Utf8JsonReader reader, long least, long most, out long value)
    {
        value = 0;
        if (reader.TokenType != JsonTokenType.Number) return false;
        if (!reader.TryGetInt64(out value))
        {
            if (!reader.TryGetDecimal(out decimal number) || number != decimal.Truncate(number)) return false;
            if (number < least || number > most) return false;
            value = (long)number;
        }

        return value >= least && value <= most;
    }
}

internal sealed class JsonInt32Converter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        // An exception without a message gets the serializer's own, with the path.
        JsonIntegers.TryRead(ref reader, int.MinValue, int.MaxValue, out long value) ? (int)value : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

internal sealed class JsonInt64Converter : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonIntegers.TryRead(ref reader, long.MinValue, long.MaxValue, out long value) ? value : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
