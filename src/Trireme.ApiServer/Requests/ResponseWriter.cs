using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Requests;

/// <summary>Writes a response in the form the client accepts.</summary>
internal sealed class ResponseWriter(TimeProvider time)
{
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

        bool isShort = LengthOf(response) <= ReadableText.MaxBytes;
        if (form.IsYaml && !isShort)
        {
            await WriteAsync(http, StatusErrors.TooLongForYaml(ReadableText.MaxBytes));
            return;
        }

        if (form.IsYaml || (isShort && ReadableText.IsWanted(http.Request)))
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
        try
        {
            await WriteAsync(output, response, form, http.RequestAborted);
            await EndAsync(http, output);
        }
        catch (StateGoneException)
        {
            // It has begun to read, and is to notice that this is not all.
            http.Abort();
        }
    }

    private static async Task EndAsync(HttpContext http, PipeWriter output, ReadOnlyMemory<byte> rest = default)
    {
        if (rest.Length > 0) output.Write(rest.Span);
        await output.FlushAsync(http.RequestAborted);
        // The server completes its own; one that compresses has an end to write.
        if (output != http.Response.BodyWriter) await output.CompleteAsync();
    }

    /// <summary>Bytes of an answer whose objects are shown whole; roughly so in other forms.</summary>
    public static long LengthOf(ResourceResponse response) => response switch
    {
        ObjectResponse single => single.Json.Length,
        ListResponse { Rest: not null, Page.Next: not null } => long.MaxValue,
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
            case (ListResponse list, _):
                await ListWriter.WriteAsync(output, list, form, now, aborted);
                break;
        }
    }
}
