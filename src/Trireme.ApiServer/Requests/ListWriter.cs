using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Requests;

/// <summary>Writes lists page by page, each once the client has taken enough of the one before.</summary>
internal static class ListWriter
{
    private const int FlushBytes = 64 * 1024;

    /// <exception cref="StateGoneException">The client reads too slowly.</exception>
    public static ValueTask WriteAsync(
        PipeWriter output, ListResponse list, AcceptedForm form, DateTimeOffset now, CancellationToken aborted) =>
        form.Kind == AcceptedKind.Table
            ? WriteTableAsync(output, list, form, now, aborted)
            : WriteObjectsAsync(output, list, form, aborted);

    private static async ValueTask WriteObjectsAsync(
        PipeWriter output, ListResponse list, AcceptedForm form, CancellationToken aborted)
    {
        bool metadataOnly = form.Kind == AcceptedKind.Metadata;
        output.Write(Head(list, metadataOnly ? "meta.k8s.io/" + form.MetaVersion : null));
        bool first = true;
        foreach (ObjectPage page in PagesOf(list))
        {
            foreach (StoredObject stored in page.Objects)
            {
                if (!first) output.Write(","u8);
                first = false;
                // Stored objects are complete JSON documents and are passed on as they are.
                output.Write(metadataOnly ? MetadataProjection.Of(stored.Json, form.MetaVersion).Span : stored.Json.Span);
                if (output.UnflushedBytes > FlushBytes) await output.FlushAsync(aborted);
            }
        }

        output.Write("]}"u8);
    }

    private static async ValueTask WriteTableAsync(
        PipeWriter output, ListResponse list, AcceptedForm form, DateTimeOffset now, CancellationToken aborted)
    {
        await using var writer = new Utf8JsonWriter(output, TableWriter.Relaxed);
        TableWriter.Begin(writer, list.Resource, MetadataOf(list), form, withHeaders: true);
        foreach (ObjectPage page in PagesOf(list))
        {
            foreach (StoredObject stored in page.Objects)
            {
                TableWriter.WriteRow(writer, list.Resource, stored.Json, form, now);
                if (output.UnflushedBytes + writer.BytesPending <= FlushBytes) continue;
                writer.Flush();
                await output.FlushAsync(aborted);
            }
        }

        TableWriter.End(writer);
        writer.Flush();
    }

    private static IEnumerable<ObjectPage> PagesOf(ListResponse list)
    {
        yield return list.Page;
        while (list.Rest?.MoveNext() == true) yield return list.Rest.Current;
    }

    private static byte[] Head(ListResponse list, string? metadataVersion)
    {
        ResourceDefinition kind = list.Resource.Definition;
        string listKind = metadataVersion is null ? kind.ListKind : "PartialObjectMetadataList";
        string apiVersion = metadataVersion ?? kind.ApiVersion;
        return Encoding.UTF8.GetBytes(
            $"{{\"kind\":\"{listKind}\",\"apiVersion\":\"{apiVersion}\",\"metadata\":{MetadataOf(list).ToJsonString()},\"items\":[");
    }

    /// <summary>Of an answer that has all pages nothing comes after it.</summary>
    private static JsonObject MetadataOf(ListResponse list)
    {
        ObjectPage page = list.Page;
        var metadata = new JsonObject { ["resourceVersion"] = page.Revision.ToString(CultureInfo.InvariantCulture) };
        if (list.Rest is not null) return metadata;
        if (page.Next is { } next) metadata["continue"] = next.ToString();
        if (page.Remaining is { } rest) metadata["remainingItemCount"] = rest;
        return metadata;
    }
}
