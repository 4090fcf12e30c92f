using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.DataProtection;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Dashboard;
using Trireme.Dashboard.Logs;
using Trireme.Gateway.Accounting;
using Trireme.Governance.Sessions;
using Trireme.Hosting.Access;
using Trireme.Hosting.Gateways;
using Trireme.Hosting.Listening;
using Trireme.Hosting.Logging;
using Trireme.Hosting.Routing;
using Trireme.Hosting.Telemetry;
using Trireme.Hosting.Usage;
using Trireme.Kubernetes;
using Trireme.Logs;
using Trireme.Operator.ModelServices;
using Trireme.Settings;
using Trireme.Telemetry;
using Trireme.Telemetry.Http;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Queries;
using Trireme.Telemetry.Scraping;

namespace Trireme.Hosting;

/// <summary>The series store with its query API and the dashboard over it, on one loopback port.</summary>
internal sealed class Observability : IAsyncDisposable
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

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

    /// <summary>How full the engines' KV caches are, for scaling.</summary>
    public EngineKvUse KvUse => new(
        _app.Services.GetRequiredService<IQueryEngine>(),
        _app.Services.GetRequiredService<TimeProvider>(),
        _app.Services.GetRequiredService<ILogger<EngineKvUse>>());

    public static async Task<Observability> StartAsync(
        PlatformOptions options,
        BoundListener listener,
        PlatformLog log,
        InformerSet informers,
        IReplicaCredentials credentials,
        DashboardOptions dashboard,
        DashboardSecrets secrets,
        PlatformMetrics metrics,
        IUsageLedger? usage,
        CancellationToken cancellationToken)
    {
        WebApplication app = Build(options, listener, log, informers, credentials, dashboard, secrets, metrics, usage);
        await app.StartAsync(cancellationToken);
        return new Observability(app, listener.BaseUrl);
    }

    /// <summary>The application with all its routes, not yet started.</summary>
    internal static WebApplication Build(
        PlatformOptions options,
        BoundListener listener,
        PlatformLog log,
        InformerSet informers,
        IReplicaCredentials credentials,
        DashboardOptions dashboard,
        DashboardSecrets secrets,
        PlatformMetrics metrics,
        IUsageLedger? usage)
    {
        WebApplicationBuilder builder = PartApplication.CreateBuilder(listener, log, TimeSpan.FromSeconds(2));
        builder.Services.AddSingleton<TimeProvider>(new ForwardTime(TimeProvider.System));
        builder.Services.AddSingleton(metrics.Telemetry);
        builder.Services.AddSingleton(informers);
        builder.Services.AddSingleton(credentials);
        builder.Services.AddSingleton<IScrapeTargets>(new FleetScrapeTargets(
            new ReplicaScrapeTargets(informers, credentials),
            new GatewayScrapeTargets(new KnownGateways(informers, TimeProvider.System), secrets.ToPresent)));
        builder.Services.AddSingleton(Source("gateway", metrics.Gateway));
        builder.Services.AddSingleton(Source("apiserver", metrics.ApiServer));
        builder.Services.AddSingleton(Source("operator", metrics.Operator));
        builder.Services.AddSingleton(Source("telemetry", metrics.Telemetry));
        builder.Services.AddSingleton(Source("platform", metrics.Platform));
        builder.Services.AddSingleton<IAuthorizer, AuthenticatedAuthorizer>();
        builder.Services.AddTriremeTelemetry(options.Settings.Telemetry);
        builder.Services.AddSingleton<IReplicaLogs>(new DashboardLogs(options.Data));
        builder.Services.AddTriremeDashboard(dashboard);
        builder.Services.Configure<CircuitOptions>(circuits =>
        {
            // What a page left behind waits this long for it to come back.
            circuits.DisconnectedCircuitMaxRetained = options.Settings.Dashboard.MaxCircuits;
            circuits.PersistedCircuitInMemoryMaxRetained = options.Settings.Dashboard.MaxCircuits;
        });
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddDataProtection().PersistKeysToFileSystem(Directory.CreateDirectory(options.Data.BrowserKeys));
        WebApplication app = builder.Build();
        Map(app, options.Settings.Dashboard, listener, secrets, metrics, usage);
        return app;
    }

    private static void Map(
        WebApplication app,
        DashboardSettings settings,
        BoundListener listener,
        DashboardSecrets secrets,
        PlatformMetrics metrics,
        IUsageLedger? usage)
    {
        var sessions = new SessionTable(settings.MaxSessions, settings.SessionLifetime, TimeProvider.System);
        app.Lifetime.ApplicationStopped.Register(sessions.Dispose);
        var cookie = new BrowserCookie(new Uri(listener.BaseUrl).Port);
        var tokens = new OneTimeTokens(secrets.SignInKey, TimeProvider.System);
        app.Use(PageHeaders.RunAsync);
        app.Use(new DashboardAccess(sessions, cookie, new BearerKey(secrets.TelemetryKey)).RunAsync);
        app.Use(new CircuitGate(settings.MaxCircuits, settings.MaxCircuitsPerSession, metrics.Platform).RunAsync);
        app.MapTriremeQueryApi().WithMetadata(RouteAccess.Programs);
        UsageRoute.Map(app, usage, TimeProvider.System).WithMetadata(RouteAccess.Programs);
        app.MapMethods("/metrics", Reading, () => Results.Text(metrics.ToText(), MetricRegistry.ContentType))
            .WithMetadata(RouteAccess.Programs);
        new SignInRoutes(tokens, sessions, cookie, settings.SessionLifetime, metrics.Platform).MapTo(app);
        app.MapTriremeDashboard(files => files.WithMetadata(RouteAccess.Open));
        app.UseUnknownAddressErrors();
    }

    /// <summary>What other processes of this platform are scraped with.</summary>
    private static MetricSource Source(string job, MetricRegistry registry) =>
        new(registry, LabelSet.Of(new Label(LabelNames.Job, job), new Label(LabelNames.Instance, "trireme")));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
