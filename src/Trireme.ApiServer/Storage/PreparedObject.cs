using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// An object's next state, written as JSON once. The store knows its revision only when it commits, and puts it into the text
/// at the place kept for it; the same bytes then go to the database, to watchers and into the answer.
/// </summary>
internal sealed class PreparedObject
{
    private const string RevisionMember = "resourceVersion";

    private static readonly JsonWriterOptions WriterOptions =
        new() { Encoder = ResourceJson.Options.Encoder, SkipValidation = true };

    private readonly byte[] _json;
    private readonly Range _revision;
    private readonly string _before;
    private readonly string _after;

    private PreparedObject(JsonObject document, byte[] json, Range revision, string before, string after)
    {
        Document = document;
        _json = json;
        _revision = revision;
        _before = before;
        _after = after;
    }

    /// <summary>The tree that was written. It belongs to the stored object from then on.</summary>
    public JsonObject Document { get; }

    /// <summary>The text with the revision the tree had: what a dry run answers.</summary>
    public ReadOnlyMemory<byte> Json => _json;

    public static PreparedObject Of(JsonObject document)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using var writer = new Utf8JsonWriter(buffer, WriterOptions);
        Range? revision = null;
        bool hasMembers = false;
        writer.WriteStartObject();
        foreach ((string name, JsonNode? value) in document)
        {
            writer.WritePropertyName(name);
            if (name != "metadata" || value is not JsonObject metadata) WriteValue(writer, value);
            else revision = WriteMetadata(writer, buffer, metadata, out hasMembers);
        }

        writer.WriteEndObject();
        writer.Flush();
        byte[] json = buffer.WrittenSpan.ToArray();
        if (revision is not { } place) throw new ArgumentException("A stored object has metadata.", nameof(document));
        return place.Start.Equals(place.End)
            ? new PreparedObject(document, json, place, (hasMembers ? "," : "") + $"\"{RevisionMember}\":\"", "\"")
            : new PreparedObject(document, json, place, "\"", "\"");
    }

    /// <summary>The stored object at a revision, in text and tree.</summary>
    public StoredObject At(ObjectKey key, long revision)
    {
        string number = revision.ToString(CultureInfo.InvariantCulture);
        Document.Metadata()[RevisionMember] = number;
        string inserted = _before + number + _after;
        ReadOnlySpan<byte> head = _json.AsSpan(0, _revision.Start.Value);
        ReadOnlySpan<byte> tail = _json.AsSpan(_revision.End.Value);
        var json = new byte[head.Length + inserted.Length + tail.Length];
        head.CopyTo(json);
        Encoding.ASCII.GetBytes(inserted, json.AsSpan(head.Length));
        tail.CopyTo(json.AsSpan(head.Length + inserted.Length));
        return new StoredObject(key, Document.Uid(), revision, json, Document);
    }

    /// <summary>Returns where the revision's value is, or the empty place at the end where it belongs.</summary>
    private static Range WriteMetadata(Utf8JsonWriter writer, ArrayBufferWriter<byte> buffer, JsonObject metadata, out bool hasMembers)
    {
        Range? revision = null;
        writer.WriteStartObject();
        foreach ((string name, JsonNode? value) in metadata)
        {
            writer.WritePropertyName(name);
            if (name != RevisionMember)
            {
                WriteValue(writer, value);
                continue;
            }

            writer.Flush();
            int start = buffer.WrittenCount;
            WriteValue(writer, value);
            writer.Flush();
            revision = start..buffer.WrittenCount;
        }

        writer.Flush();
        hasMembers = metadata.Count > 0;
        revision ??= buffer.WrittenCount..buffer.WrittenCount;
        writer.WriteEndObject();
        return revision.Value;
    }

    private static void WriteValue(Utf8JsonWriter writer, JsonNode? value)
    {
        if (value is null) writer.WriteNullValue();
        else value.WriteTo(writer, ResourceJson.Options);
    }
}
