using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Trireme.Gateway.Tests.Harness;

/// <summary>A real HTTP server in the place of an engine, with scripted behaviour.</summary>
internal sealed class FakeEngine : IAsyncDisposable
{
    public const string StreamText =
        "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n"
        + "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grüße, \"},\"finish_reason\":null}]}\n\n"
        + ": keepalive\r\n\r\n"
        + "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Welt 🚣\"},\"finish_reason\":\"stop\"}]}\n\n";

    public const string UsageText =
        "data: {\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}}\n\n";

    public const string DoneText = "data: [DONE]\n\n";

    public const string AnswerText =
        "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}],"
        + "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3,\"total_tokens\":8}}";

    private readonly WebApplication _app;

    private FakeEngine(WebApplication app, string name)
    {
        _app = app;
        Name = name;
    }

    public string Name { get; }

    public Uri Endpoint => new(_app.Urls.First());

    public int Port => Endpoint.Port;

    /// <summary>What the engine does with each request; it may be changed at any time.</summary>
    public Func<HttpContext, Task> Behave { get; set; } = AnswerAsync;

    public ConcurrentQueue<ReceivedRequest> Received { get; } = new();

    public static async Task<FakeEngine> StartAsync(string name = "engine", Func<HttpContext, Task>? behave = null, int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        WebApplication app = builder.Build();
        var engine = new FakeEngine(app, name);
        if (behave is not null) engine.Behave = behave;
        app.Run(engine.HandleAsync);
        await app.StartAsync();
        return engine;
    }

    /// <summary>Streams when asked to, reports usage when asked to, as vLLM does.</summary>
    public static async Task AnswerAsync(HttpContext context)
    {
        string body = ((ReceivedRequest)context.Items["received"]!).Text;
        if (!body.Contains("\"stream\":true", StringComparison.Ordinal))
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(AnswerText);
            return;
        }

        bool usage = body.Contains("\"include_usage\":true", StringComparison.Ordinal);
        await StreamAsync(context, StreamText + (usage ? UsageText : "") + DoneText);
    }

    public static async Task StreamAsync(HttpContext context, string text)
    {
        if (!context.Response.HasStarted) context.Response.ContentType = "text/event-stream";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text));
        await context.Response.Body.FlushAsync();
    }

    public static Func<HttpContext, Task> Status(int status, string body = "{\"error\":{\"message\":\"scripted\"}}") => async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    };

    public static Task ResetAsync(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var received = new ReceivedRequest(context.Request.Path + context.Request.QueryString, buffer.ToArray(), headers);
        context.Items["received"] = received;
        Received.Enqueue(received);
        await Behave(context);
    }
}

internal sealed record ReceivedRequest(string Target, byte[] Body, Dictionary<string, string> Headers)
{
    public string Text => Encoding.UTF8.GetString(Body);
}
