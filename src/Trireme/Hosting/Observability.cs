using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.HostFiltering;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Dashboard;
using Trireme.Hosting.Telemetry;
using Trireme.Kubernetes;
using Trireme.Telemetry;
using Trireme.Telemetry.Http;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Queries;
using Trireme.Telemetry.Scraping;

namespace Trireme.Hosting;

/// <summary>The series store with its query API and the dashboard over it, on one loopback port.</summary>
internal sealed class Observability : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Observability(WebApplication app, string dashboard)
    {
        _app = app;
        Dashboard = dashboard;
    }

    public string Dashboard { get; }

    public IQueryEngine Queries => _app.Services.GetRequiredService<IQueryEngine>();

    public static async Task<Observability> StartAsync(
        PlatformOptions options,
        KubernetesConnectionOptions access,
        KubernetesConnection connection,
        string gateway,
        string apiKey,
        PlatformMetrics metrics,
        CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = Listener.CreateBuilder(options, TimeSpan.FromSeconds(2));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(metrics.Telemetry);
        builder.Services.AddSingleton(services => Informers.Create<ModelReplica>(connection, services));
        builder.Services.AddSingleton<IScrapeTargets, ReplicaScrapeTargets>();
        builder.Services.AddSingleton(Source("gateway", metrics.Gateway));
        builder.Services.AddSingleton(Source("apiserver", metrics.ApiServer));
        builder.Services.AddSingleton(Source("operator", metrics.Operator));
        builder.Services.AddSingleton(Source("telemetry", metrics.Telemetry));
        builder.Services.AddHostedService<InformerService<ModelReplica>>();
        builder.Services.AddTriremeTelemetry(new TelemetryOptions());
        // The dashboard has no login: a name that resolves to loopback must not let another site's page in.
        builder.Services.Configure<HostFilteringOptions>(filter => filter.AllowedHosts = ["localhost", "127.0.0.1", "[::1]"]);
        int port = options.DashboardPort == 0 ? FreePort.Find() : options.DashboardPort;
        builder.Services.AddTriremeDashboard(new DashboardOptions
        {
            Api = access.Server,
            ApiToken = access.BearerToken!,
            ApiCertificateAuthorityPem = access.CertificateAuthorityPem!,
            Telemetry = new Uri($"http://127.0.0.1:{port}"),
            Gateway = new Uri(gateway + "/v1/"),
            ApiKey = apiKey,
        });
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddDataProtection().PersistKeysToFileSystem(Directory.CreateDirectory(options.Data.BrowserKeys));
        Listener.Listen(builder, "127.0.0.1", port);
        WebApplication app = builder.Build();
        app.UseHostFiltering();
        app.MapTriremeQueryApi();
        app.MapGet("/metrics", () => Results.Text(metrics.ToText(), MetricRegistry.ContentType));
        app.MapTriremeDashboard();
        await Listener.StartAsync(app, "--dashboard-port", port, cancellationToken);
        return new Observability(app, $"http://127.0.0.1:{port}");
    }

    private static MetricSource Source(string job, MetricRegistry registry) =>
        new(registry, LabelSet.Of(new Label(LabelNames.Job, job), new Label(LabelNames.Instance, "trireme")));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
