using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trireme.Dashboard;
using Trireme.Dashboard.Logs;
using Trireme.Dashboard.Tests;

namespace Trireme.EndToEnd.Tests.Dashboards;

/// <summary>The dashboard over a server whose answers a test chooses, under the strictest policy for scripts and styles.</summary>
internal sealed class DashboardHost : IAsyncDisposable
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; base-uri 'self'; "
        + "form-action 'self'; frame-ancestors 'none'";

    private readonly WebApplication _app;

    private DashboardHost(WebApplication app, FleetServer server)
    {
        _app = app;
        Server = server;
    }

    public FleetServer Server { get; }

    public string Address => _app.Urls.First();

    public static async Task<DashboardHost> StartAsync()
    {
        FleetServer server = await FleetServer.StartAsync();
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(DashboardHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Logging.ClearProviders();
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IReplicaLogs>(new SomeLogs());
        builder.Services.AddTriremeDashboard(server.Options);
        WebApplication app = builder.Build();
        app.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            return next(context);
        });
        app.MapTriremeDashboard();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new DashboardHost(app, server);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await Server.DisposeAsync();
    }

    private sealed class SomeLogs : IReplicaLogs, IReplicaLog
    {
        public IReplicaLog Open(string @namespace, string replica, bool previous) =>
            previous ? throw new IOException($"no process of {replica} has ended yet") : this;

        public IReadOnlyList<string> ReadLast(int lines) =>
        [
            "2030-01-01T12:00:00.000Z start: trireme worker --model /models/tiny --port 0",
            "2030-01-01T12:00:00.412Z info Trireme.Worker.Hosting.WorkerRun Loaded 1,064,960 weights of /models/a/rather/long/path",
            .. Enumerable.Range(1, 60).Select(i => $"2030-01-01T12:00:{i % 60:00}.000Z info Trireme.Worker Request {i} took {i} ms"),
        ];

        public IReadOnlyList<string> ReadNew() => [];
    }
}
