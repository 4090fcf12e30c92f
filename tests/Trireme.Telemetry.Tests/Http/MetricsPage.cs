using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Scraping;

namespace Trireme.Telemetry.Tests.Http;

/// <summary>A server with a metrics page that a test changes as it goes.</summary>
internal sealed class MetricsPage : IAsyncDisposable
{
    private readonly WebApplication _application;

    private MetricsPage()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _application = builder.Build();
        _application.MapGet("/metrics", (HttpContext context) =>
        {
            context.Response.ContentType = MetricRegistry.ContentType;
            return Answer(context);
        });
    }

    public Func<HttpContext, Task> Answer { get; set; } = static _ => Task.CompletedTask;

    public string Text
    {
        set => Answer = context => context.Response.WriteAsync(value);
    }

    /// <summary>Answers these bytes as if they were encoded with gzip.</summary>
    public void AnswerGzip(byte[] bytes) => Answer = async context =>
    {
        context.Response.Headers.ContentEncoding = "gzip";
        await context.Response.Body.WriteAsync(bytes);
    };

    public Uri Url => new(TelemetryHost.AddressOf(_application) + "/metrics");

    public ScrapeTarget Target => new(Url, TestStores.Labels("job", "worker", "replica", "r-1"));

    public static async Task<MetricsPage> StartAsync(string text)
    {
        var page = new MetricsPage { Text = text };
        await page._application.StartAsync(TestContext.Current.CancellationToken);
        return page;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
