using System.Buffers;
using System.Globalization;
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
    public async Task WriteAsync(HttpContext http, ResourceResponse response)
    {
        if (response is StreamedResponse) return;
        AcceptedForm form = AcceptedForm.Of(http.Request);
        DateTimeOffset now = time.GetUtcNow();
        http.Response.StatusCode = response.Code;
        http.Response.ContentType = RequestContent.Json;
        if (response is StatusResponse { Status.Details.RetryAfterSeconds: { } seconds })
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        switch (response, form.Kind)
        {
            case (StatusResponse status, _):
                http.Response.BodyWriter.Write(JsonSerializer.SerializeToUtf8Bytes(status.Status, ResourceJson.Options));
                break;
            case (ObjectResponse single, AcceptedKind.Table):
                http.Response.BodyWriter.Write(TableWriter.Row(single.Resource, single.Json, form, now, withHeaders: true).Span);
                break;
            case (ObjectResponse single, AcceptedKind.Metadata):
                http.Response.BodyWriter.Write(MetadataProjection.Of(single.Json).Span);
                break;
            case (ObjectResponse single, _):
                http.Response.BodyWriter.Write(single.Json.Span);
                break;
            case (ListResponse list, AcceptedKind.Table):
                http.Response.BodyWriter.Write(TableWriter.Page(list.Resource, list.Page, form, now).Span);
                break;
            case (ListResponse list, _):
                await WriteListAsync(http, list, metadataOnly: form.Kind == AcceptedKind.Metadata);
                break;
        }

        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    private static async Task WriteListAsync(HttpContext http, ListResponse list, bool metadataOnly)
    {
        System.IO.Pipelines.PipeWriter output = http.Response.BodyWriter;
        output.Write(Head(list.Resource, list.Page, metadataOnly));
        bool first = true;
        foreach (StoredObject stored in list.Page.Objects)
        {
            if (!first) output.Write(","u8);
            first = false;
            // Stored objects are complete JSON documents and are passed on as they are.
            output.Write(metadataOnly ? MetadataProjection.Of(stored.Json).Span : stored.Json.Span);
            if (output.UnflushedBytes > 64 * 1024) await output.FlushAsync(http.RequestAborted);
        }

        output.Write("]}"u8);
    }

    private static byte[] Head(ServedResource resource, ObjectPage page, bool metadataOnly)
    {
        string kind = metadataOnly ? "PartialObjectMetadataList" : resource.Definition.Kind + "List";
        string apiVersion = metadataOnly ? "meta.k8s.io/v1" : resource.Definition.ApiVersion;
        string next = page.Next is { } token ? $",\"continue\":\"{token}\"" : "";
        string rest = page.Remaining is { } count ? string.Create(CultureInfo.InvariantCulture, $",\"remainingItemCount\":{count}") : "";
        string metadata = string.Create(CultureInfo.InvariantCulture, $"{{\"resourceVersion\":\"{page.Revision}\"{next}{rest}}}");
        return System.Text.Encoding.UTF8.GetBytes(
            $"{{\"kind\":\"{kind}\",\"apiVersion\":\"{apiVersion}\",\"metadata\":{metadata},\"items\":[");
    }
}
