using System.Buffers;
using System.Text.Json;

namespace Trireme.ApiServer.Tables;

/// <summary>Cuts an object down to its metadata.</summary>
internal static class MetadataProjection
{
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json, string metaVersion)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer);
        Write(writer, document.RootElement, metaVersion);
        writer.Flush();
        return buffer.WrittenMemory;
    }

    public static void Write(Utf8JsonWriter writer, JsonElement document, string metaVersion)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "PartialObjectMetadata"u8);
        writer.WriteString("apiVersion"u8, "meta.k8s.io/" + metaVersion);
        writer.WritePropertyName("metadata"u8);
        document.GetProperty("metadata"u8).WriteTo(writer);
        writer.WriteEndObject();
    }
}
