using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Trireme.Gateway.Benchmarks;

/// <summary>
/// An engine that computes nothing: 64 deltas, one each 20 ms, in the form of vLLM's, each an event and a write of its own. What stands in
/// "created" is the monotonic clock when the event was written, which is the same for every process of a machine.
/// </summary>
internal static class MockEngine
{
    public const int Deltas = 64;

    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    private static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        """{"id":"chatcmpl-0","object":"chat.completion","created":1,"model":"tiny","choices":[{"index":0,"message":""" +
        "{\"role\":\"assistant\",\"content\":\"" + new string('x', 380) + "\"},\"finish_reason\":\"stop\"}" +
        """],"usage":{"prompt_tokens":9,"completion_tokens":64,"total_tokens":73}}""");

    /// <param name="roleGap">How long after the role the first content comes; real engines send both at once.</param>
    /// <param name="ports">Where it listens.</param>
    public static async Task RunAsync(TimeSpan roleGap, IReadOnlyList<int> ports)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (int port in ports) kestrel.Listen(IPAddress.Loopback, port);
        });
        WebApplication app = builder.Build();
        app.MapPost("/v1/chat/completions", context => AnswerAsync(context, roleGap));
        await app.RunAsync();
    }

    private static async Task AnswerAsync(HttpContext context, TimeSpan roleGap)
    {
        using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body);
        HttpResponse response = context.Response;
        if (!request.RootElement.TryGetProperty("stream", out JsonElement stream) || !stream.GetBoolean())
        {
            response.ContentType = "application/json";
            response.ContentLength = Answer.Length;
            await response.Body.WriteAsync(Answer);
            return;
        }

        bool usage = request.RootElement.TryGetProperty("stream_options", out JsonElement options)
            && options.TryGetProperty("include_usage", out JsonElement wanted) && wanted.GetBoolean();
        response.ContentType = "text/event-stream";
        await SendAsync(response, """{"role":"assistant","content":""}""", "null");
        if (roleGap > TimeSpan.Zero) await Task.Delay(roleGap, TimeProvider.System);
        using var timer = new PeriodicTimer(Pace);
        for (int i = 0; i < Deltas; i++)
        {
            if (i > 0) await timer.WaitForNextTickAsync(context.RequestAborted);
            await SendAsync(response, """{"content":" word"}""", "null");
        }

        await SendAsync(response, "{}", "\"stop\"");
        if (usage)
        {
            Write(response.BodyWriter, "data: {\"id\":\"chatcmpl-0\",\"object\":\"chat.completion.chunk\",\"created\":1,");
            Write(response.BodyWriter, "\"model\":\"tiny\",\"choices\":[],");
            Write(response.BodyWriter, "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":64,\"total_tokens\":73}}\n\n");
        }

        Write(response.BodyWriter, "data: [DONE]\n\n");
        await response.BodyWriter.FlushAsync();
    }

    private static async ValueTask SendAsync(HttpResponse response, string delta, string finish)
    {
        PipeWriter writer = response.BodyWriter;
        Write(writer, "data: {\"id\":\"chatcmpl-0\",\"object\":\"chat.completion.chunk\",\"created\":");
        Write(writer, Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture));
        Write(writer, ",\"model\":\"tiny\",\"choices\":[{\"index\":0,\"delta\":");
        Write(writer, delta);
        Write(writer, ",\"logprobs\":null,\"finish_reason\":");
        Write(writer, finish);
        Write(writer, "}]}\n\n");
        await writer.FlushAsync();
    }

    private static void Write(PipeWriter writer, string text) => Encoding.UTF8.GetBytes(text, writer);
}
