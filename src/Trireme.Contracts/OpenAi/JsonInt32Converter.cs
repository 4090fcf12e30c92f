using System.Text.Json;
using System.Text.Json.Serialization;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>Whole numbers however they are written, see <see cref="JsonIntegers"/>.</summary>
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
