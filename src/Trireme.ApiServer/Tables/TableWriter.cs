using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Tables;

/// <summary>Renders objects as the tables kubectl get prints.</summary>
internal static class TableWriter
{
    public static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A table of one object. In a watch only the first table carries the headers.</summary>
    public static ReadOnlyMemory<byte> Row(
        ServedResource resource, ReadOnlyMemory<byte> json, AcceptedForm form, DateTimeOffset now, bool withHeaders)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var writer = new Utf8JsonWriter(buffer, Relaxed);
        Begin(writer, resource, MetadataOf(json), form, withHeaders);
        WriteRow(writer, resource, json, form, now);
        End(writer);
        writer.Flush();
        return buffer.WrittenMemory;
    }

    public static JsonObject Empty(JsonObject metadata, AcceptedForm form) => new()
    {
        ["kind"] = "Table",
        ["apiVersion"] = "meta.k8s.io/" + form.MetaVersion,
        ["metadata"] = metadata,
        ["columnDefinitions"] = null,
        ["rows"] = new JsonArray(),
    };

    /// <summary>A table of one object is of its version.</summary>
    private static JsonObject MetadataOf(ReadOnlyMemory<byte> json) =>
        ObjectText.Find(json.Span, "metadata", "resourceVersion") is { } version ? new() { ["resourceVersion"] = version } : [];

    /// <summary>Begins a table, to be followed by its rows and its end.</summary>
    public static void Begin(
        Utf8JsonWriter writer, ServedResource resource, JsonObject metadata, AcceptedForm form, bool withHeaders)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "Table"u8);
        writer.WriteString("apiVersion"u8, "meta.k8s.io/" + form.MetaVersion);
        writer.WritePropertyName("metadata"u8);
        metadata.WriteTo(writer);
        writer.WritePropertyName("columnDefinitions"u8);
        if (withHeaders) WriteHeaders(writer, resource);
        else writer.WriteNullValue();
        writer.WriteStartArray("rows"u8);
    }

    public static void End(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteHeaders(Utf8JsonWriter writer, ServedResource resource)
    {
        writer.WriteStartArray();
        if (resource.NameLeads) WriteHeader(writer, TableColumn.Name);
        foreach (TableColumn column in resource.Columns) WriteHeader(writer, column);

        writer.WriteEndArray();
    }

    private static void WriteHeader(Utf8JsonWriter writer, TableColumn column)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, column.Definition.Name);
        writer.WriteString("type"u8, column.Definition.Type);
        writer.WriteString("format"u8, column.IsName ? "name" : column.Definition.Format);
        writer.WriteString("description"u8, column.Description);
        writer.WriteNumber("priority"u8, column.Definition.Priority);
        writer.WriteEndObject();
    }

    public static void WriteRow(
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
            else MetadataProjection.Write(writer, document.RootElement, form.MetaVersion);
        }

        writer.WriteEndObject();
    }
}
