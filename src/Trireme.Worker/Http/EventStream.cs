using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Http;

/// <summary>
/// Writes server-sent events of one JSON object each straight into the response's pooled buffers; nothing is allocated per event.
/// Not thread-safe: writers of one response take turns with <see cref="EnterAsync"/> and <see cref="Exit"/>.
/// </summary>
internal sealed class EventStream : IDisposable
{
    private readonly PipeWriter _output;
    private readonly Utf8JsonWriter _json;
    private readonly SemaphoreSlim _turn = new(1, 1);

    public EventStream(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        // Keeps nginx from collecting events.
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        _output = response.BodyWriter;
        _json = new Utf8JsonWriter(_output, JsonOptions);
    }

    public static JsonWriterOptions JsonOptions { get; } =
        new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Task EnterAsync() => _turn.WaitAsync();

    public void Exit() => _turn.Release();

    /// <summary>Starts an event; the caller writes one object and ends the event.</summary>
    public Utf8JsonWriter BeginEvent()
    {
        _output.Write("data: "u8);
        _json.Reset(_output);
        return _json;
    }

    public void EndEvent()
    {
        _json.Flush();
        _output.Write("\n\n"u8);
    }

    public void WriteDone() => _output.Write("data: [DONE]\n\n"u8);

    /// <summary>Tells a client in the middle of an answer that there will be no more of it.</summary>
    public void WriteError(WorkerError error)
    {
        JsonSerializer.Serialize(BeginEvent(), error.Body, OpenAiJson.Options);
        EndEvent();
    }

    /// <summary>Hands what was written to the network.</summary>
    public ValueTask<FlushResult> FlushAsync() => _output.FlushAsync();

    public void Dispose()
    {
        _json.Dispose();
        _turn.Dispose();
    }
}
