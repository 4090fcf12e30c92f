using Microsoft.AspNetCore.DataProtection;
using Trireme.Connection;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Dashboard;
using Trireme.Dashboard.Logs;
using Trireme.Hosting.Listening;
using Trireme.Hosting.Logging;
using Trireme.Hosting.Telemetry;
using Trireme.Kubernetes;
using Trireme.Logs;
using Trireme.Operator.ModelServices;
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

    /// <summary>What the rollout judge reads, by the clock that the samples are stamped with.</summary>
    public IRolloutTelemetry Rollouts => new TelemetryRolloutSource(
        _app.Services.GetRequiredService<IQueryEngine>(), _app.Services.GetRequiredService<TimeProvider>());

    public static async Task<Observability> StartAsync(
        PlatformOptions options,
        BoundListener listener,
        PlatformLog log,
        KubernetesConnectionOptions access,
        InformerSet informers,
        IReplicaCredentials credentials,
        string gateway,
        string apiKey,
        PlatformMetrics metrics,
        CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = PartApplication.CreateBuilder(listener, log, TimeSpan.FromSeconds(2));
        builder.Services.AddSingleton<TimeProvider>(new ForwardTime(TimeProvider.System));
        builder.Services.AddSingleton(metrics.Telemetry);
        builder.Services.AddSingleton(informers);
        builder.Services.AddSingleton(credentials);
        builder.Services.AddSingleton<IScrapeTargets, ReplicaScrapeTargets>();
        builder.Services.AddSingleton(Source("gateway", metrics.Gateway));
        builder.Services.AddSingleton(Source("apiserver", metrics.ApiServer));
        builder.Services.AddSingleton(Source("operator", metrics.Operator));
        builder.Services.AddSingleton(Source("telemetry", metrics.Telemetry));
        builder.Services.AddSingleton(Source("platform", metrics.Platform));
        builder.Services.AddTriremeTelemetry(options.Settings.Telemetry);
        builder.Services.AddLoopbackHosts();
        builder.Services.AddSingleton<IReplicaLogs>(new DashboardLogs(options.Data));
        builder.Services.AddTriremeDashboard(new DashboardOptions
        {
            Api = access.Server,
            ApiToken = access.BearerToken!,
            ApiCertificateAuthorityPem = access.CertificateAuthorityPem!,
            Telemetry = new Uri(listener.BaseUrl),
            Gateway = new Uri(gateway + "/v1/"),
            ApiKey = apiKey,
            GatewayHandler = () => PinnedCertificate.Handler(options.Settings.Gateway.Tls.CertificateFile),
        });
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddDataProtection().PersistKeysToFileSystem(Directory.CreateDirectory(options.Data.BrowserKeys));
        WebApplication app = builder.Build();
        app.UseLoopbackHosts();
        app.MapTriremeQueryApi();
        app.MapGet("/metrics", () => Results.Text(metrics.ToText(), MetricRegistry.ContentType));
        app.MapTriremeDashboard();
        app.UseUnknownAddressErrors();
        await app.StartAsync(cancellationToken);
        return new Observability(app, listener.BaseUrl);
    }

    private static MetricSource Source(string job, MetricRegistry registry) =>
        new(registry, LabelSet.Of(new Label(LabelNames.Job, job), new Label(LabelNames.Instance, "trireme")));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
