using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Requests;

/// <summary>Writes a response in the form the client accepts.</summary>
internal sealed class ResponseWriter(TimeProvider time)
{
    private const int FlushBytes = 64 * 1024;

    public Task WriteAsync(HttpContext http, ResourceResponse response) => WriteAsync(http, response, AcceptedForm.Json);

    public async Task WriteAsync(HttpContext http, ResourceResponse response, AcceptedForm form)
    {
        if (response is StreamedResponse) return;
        http.Response.StatusCode = response.Code;
        if (response is NoContentResponse) return;
        http.Response.ContentType = form.IsYaml ? RequestContent.Yaml : RequestContent.Json;
        if (response is StatusResponse { Status.Details.RetryAfterSeconds: { } seconds })
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (form.IsYaml || ReadableText.IsWanted(http.Request))
        {
            using var buffer = new MemoryStream();
            var whole = PipeWriter.Create(buffer, new StreamPipeWriterOptions(leaveOpen: true));
            await WriteAsync(whole, response, form, http.RequestAborted);
            await whole.CompleteAsync();
            byte[] text = ReadableText.Of(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), form.IsYaml);
            await EndAsync(http, Compression.Output(http, text.Length), text);
            return;
        }

        PipeWriter output = Compression.Output(http, LengthOf(response));
        await WriteAsync(output, response, form, http.RequestAborted);
        await EndAsync(http, output);
    }

    private static async Task EndAsync(HttpContext http, PipeWriter output, ReadOnlyMemory<byte> rest = default)
    {
        if (rest.Length > 0) output.Write(rest.Span);
        await output.FlushAsync(http.RequestAborted);
        // The server completes its own; one that compresses has an end to write.
        if (output != http.Response.BodyWriter) await output.CompleteAsync();
    }

    /// <summary>Bytes of an answer whose objects are shown whole; roughly so in other forms.</summary>
    private static long LengthOf(ResourceResponse response) => response switch
    {
        ObjectResponse single => single.Json.Length,
        ListResponse list => list.Page.Objects.Sum(static stored => (long)stored.Json.Length),
        _ => 0,
    };

    private async ValueTask WriteAsync(PipeWriter output, ResourceResponse response, AcceptedForm form, CancellationToken aborted)
    {
        DateTimeOffset now = time.GetUtcNow();
        switch (response, form.Kind)
        {
            case (StatusResponse status, _):
                output.Write(JsonSerializer.SerializeToUtf8Bytes(status.Status, ResourceJson.Options));
                break;
            case (ObjectResponse single, AcceptedKind.Table):
                output.Write(TableWriter.Row(single.Resource, single.Json, form, now, withHeaders: true).Span);
                break;
            case (ObjectResponse single, AcceptedKind.Metadata):
                output.Write(MetadataProjection.Of(single.Json, form.MetaVersion).Span);
                break;
            case (ObjectResponse single, _):
                output.Write(single.Json.Span);
                break;
            case (ListResponse list, AcceptedKind.Table):
                output.Write(TableWriter.Page(list.Resource, list.Page, form, now).Span);
                break;
            case (ListResponse list, _):
                await WriteListAsync(output, list, form, aborted);
                break;
        }
    }

    private static async ValueTask WriteListAsync(PipeWriter output, ListResponse list, AcceptedForm form, CancellationToken aborted)
    {
        bool metadataOnly = form.Kind == AcceptedKind.Metadata;
        output.Write(Head(list.Resource, list.Page, metadataOnly ? "meta.k8s.io/" + form.MetaVersion : null));
        bool first = true;
        foreach (StoredObject stored in list.Page.Objects)
        {
            if (!first) output.Write(","u8);
            first = false;
            // Stored objects are complete JSON documents and are passed on as they are.
            output.Write(metadataOnly ? MetadataProjection.Of(stored.Json, form.MetaVersion).Span : stored.Json.Span);
            if (output.UnflushedBytes > FlushBytes) await output.FlushAsync(aborted);
        }

        output.Write("]}"u8);
    }

    private static byte[] Head(ServedResource resource, ObjectPage page, string? metadataVersion)
    {
        string kind = metadataVersion is null ? resource.Definition.ListKind : "PartialObjectMetadataList";
        string apiVersion = metadataVersion ?? resource.Definition.ApiVersion;
        string next = page.Next is { } token ? $",\"continue\":\"{token}\"" : "";
        string rest = page.Remaining is { } count ? string.Create(CultureInfo.InvariantCulture, $",\"remainingItemCount\":{count}") : "";
        string metadata = string.Create(CultureInfo.InvariantCulture, $"{{\"resourceVersion\":\"{page.Revision}\"{next}{rest}}}");
        return Encoding.UTF8.GetBytes(
            $"{{\"kind\":\"{kind}\",\"apiVersion\":\"{apiVersion}\",\"metadata\":{metadata},\"items\":[");
    }
}
