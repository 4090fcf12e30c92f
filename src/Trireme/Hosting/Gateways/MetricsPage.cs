using Trireme.Contracts.Metrics;
using Trireme.Governance.Sessions;
using Trireme.Hosting.Listening;
using Trireme.Hosting.Logging;
using Trireme.Telemetry.Http;

namespace Trireme.Hosting.Gateways;

/// <summary>
/// GET /metrics of a process that is no platform, and GET /loads for the platform that scales its services, for whoever presents the
/// telemetry key.
/// </summary>
internal sealed class MetricsPage : IAsyncDisposable
{
    private const string Path = "/metrics";

    private const string NoKey =
        "send the telemetry key as \"Authorization: Bearer KEY\"; \"trireme key show --telemetry\" prints it";

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    private readonly WebApplication _app;

    private MetricsPage(WebApplication app, string url)
    {
        _app = app;
        Url = url;
    }

    public string Url { get; }

    public static async Task<MetricsPage> StartAsync(
        BoundListener listener,
        PlatformLog log,
        string key,
        Func<string> text,
        Func<GatewayLoadPage> loads,
        CancellationToken cancellationToken)
    {
        WebApplication app = Build(listener, log, key, text, loads);
        await app.StartAsync(cancellationToken);
        return new MetricsPage(app, listener.BaseUrl + Path);
    }

    /// <summary>The application with all its routes, not yet started.</summary>
    internal static WebApplication Build(
        BoundListener listener, PlatformLog log, string key, Func<string> text, Func<GatewayLoadPage> loads)
    {
        WebApplication app = PartApplication.CreateBuilder(listener, log, ShutdownTimeout).Build();
        var telemetryKey = new BearerKey(key);
        app.Use((HttpContext context, RequestDelegate next) => telemetryKey.IsIn(context.Request.Headers.Authorization)
            ? next(context)
            : QueryApiRefusals.AnswerUnauthorizedAsync(context, NoKey));
        app.MapMethods(Path, Reading, () => Results.Text(text(), MetricRegistry.ContentType));
        app.MapMethods(GatewayLoadPage.Path, Reading, () => Results.Json(loads(), GatewayLoadPage.Json));
        app.UseUnknownAddressErrors();
        return app;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
