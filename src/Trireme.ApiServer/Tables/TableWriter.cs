using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Tables;

/// <summary>Renders objects as the tables kubectl get prints.</summary>
internal static class TableWriter
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Page(ServedResource resource, ObjectPage page, AcceptedForm form, DateTimeOffset now)
    {
        var metadata = new JsonObject { ["resourceVersion"] = page.Revision.ToString(CultureInfo.InvariantCulture) };
        if (page.Next is { } next) metadata["continue"] = next.ToString();
        if (page.Remaining is { } rest) metadata["remainingItemCount"] = rest;
        return Table(resource, metadata, [.. page.Objects.Select(stored => stored.Json)], form, now, withHeaders: true);
    }

    /// <summary>A table of one object. In a watch only the first table carries the headers.</summary>
    public static ReadOnlyMemory<byte> Row(
        ServedResource resource, ReadOnlyMemory<byte> json, AcceptedForm form, DateTimeOffset now, bool withHeaders) =>
        Table(resource, [], [json], form, now, withHeaders);

    public static JsonObject Empty(JsonObject metadata) => new()
    {
        ["kind"] = "Table",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = metadata,
        ["columnDefinitions"] = null,
        ["rows"] = new JsonArray(),
    };

    private static ReadOnlyMemory<byte> Table(
        ServedResource resource,
        JsonObject metadata,
        ReadOnlyMemory<byte>[] objects,
        AcceptedForm form,
        DateTimeOffset now,
        bool withHeaders)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var writer = new Utf8JsonWriter(buffer, Relaxed);
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "Table"u8);
        writer.WriteString("apiVersion"u8, "meta.k8s.io/v1"u8);
        writer.WritePropertyName("metadata"u8);
        metadata.WriteTo(writer);
        writer.WritePropertyName("columnDefinitions"u8);
        if (withHeaders) WriteHeaders(writer, resource);
        else writer.WriteNullValue();

        writer.WriteStartArray("rows"u8);
        foreach (ReadOnlyMemory<byte> json in objects) WriteRow(writer, resource, json, form, now);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteHeaders(Utf8JsonWriter writer, ServedResource resource)
    {
        writer.WriteStartArray();
        if (resource.NameLeads) WriteHeader(writer, "Name", "string", "name", 0);
        foreach (TableColumn column in resource.Columns)
        {
            WriteHeader(writer, column.Definition.Name, column.Definition.Type, "", column.Definition.Priority);
        }

        writer.WriteEndArray();
    }

    private static void WriteHeader(Utf8JsonWriter writer, string name, string type, string format, int priority)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, name);
        writer.WriteString("type"u8, type);
        writer.WriteString("format"u8, format);
        writer.WriteString("description"u8, "");
        writer.WriteNumber("priority"u8, priority);
        writer.WriteEndObject();
    }

    private static void WriteRow(
        Utf8JsonWriter writer, ServedResource resource, ReadOnlyMemory<byte> json, AcceptedForm form, DateTimeOffset now)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        writer.WriteStartObject();
        writer.WriteStartArray("cells"u8);
        if (resource.NameLeads)
        {
            // Objects that are computed and not stored have no name.
            writer.WriteStringValue(
                document.RootElement.GetProperty("metadata"u8).TryGetProperty("name"u8, out JsonElement name) ? name.GetString() : "");
        }

        foreach (TableColumn column in resource.Columns) column.Write(writer, document.RootElement, now);
        writer.WriteEndArray();
        if (form.IncludeObject != "None")
        {
            writer.WritePropertyName("object"u8);
            if (form.IncludeObject == "Object") writer.WriteRawValue(json.Span);
            else MetadataProjection.Write(writer, document.RootElement);
        }

        writer.WriteEndObject();
    }
}
