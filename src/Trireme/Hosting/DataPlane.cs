using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Gateway;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Dialects.Responses;
using Trireme.Gateway.Load;
using Trireme.Hosting.Listening;
using Trireme.Hosting.Logging;
using Trireme.Hosting.Responses;
using Trireme.Hosting.Routing;
using Trireme.Hosting.Usage;
using Trireme.Kubernetes;

namespace Trireme.Hosting;

/// <summary>The gateway on its own port, fed with routes and keys from the API server.</summary>
internal sealed class DataPlane : IAsyncDisposable
{
    /// <summary>Open streams end when their replicas have drained, before this application is told to stop.</summary>
    public static readonly TimeSpan BehindReplicas = TimeSpan.FromSeconds(5);

    /// <summary>Where replicas serve on, open streams may take as long as they need; a second signal does not wait for them.</summary>
    public static readonly TimeSpan ByItself = TimeSpan.FromMinutes(5);

    /// <summary>What the platform's own gateway is called.</summary>
    public const string OfPlatform = "platform";

    private readonly WebApplication _app;

    private DataPlane(WebApplication app, string baseUrl)
    {
        _app = app;
        BaseUrl = baseUrl;
    }

    public string BaseUrl { get; }

    /// <summary>What clients used; null where that is not kept.</summary>
    public IUsageLedger? Usage => _app.Services.GetService<UsageLedger>();

    /// <summary>What the gateway counts of services' load.</summary>
    public LoadReadings Loads => _app.Services.GetRequiredService<LoadReadings>();

    /// <param name="name">What the gateway is called among those of its data folder.</param>
    /// <param name="options">Of the platform.</param>
    /// <param name="listener">Where it listens.</param>
    /// <param name="log">Where it logs.</param>
    /// <param name="informers">What the API server holds.</param>
    /// <param name="credentials">What replicas are called with.</param>
    /// <param name="metrics">Where it counts.</param>
    /// <param name="shutdownTimeout">How long open streams are waited for at its end.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<DataPlane> StartAsync(
        string name,
        PlatformOptions options,
        BoundListener listener,
        PlatformLog log,
        InformerSet informers,
        IReplicaCredentials credentials,
        MetricRegistry metrics,
        TimeSpan shutdownTimeout,
        CancellationToken cancellationToken)
    {
        WebApplication app = Build(name, options, listener, log, informers, credentials, metrics, shutdownTimeout);
        await app.StartAsync(cancellationToken);
        return new DataPlane(app, listener.BaseUrl);
    }

    /// <summary>The application with all its routes, not yet started.</summary>
    internal static WebApplication Build(
        string name,
        PlatformOptions options,
        BoundListener listener,
        PlatformLog log,
        InformerSet informers,
        IReplicaCredentials credentials,
        MetricRegistry metrics,
        TimeSpan shutdownTimeout)
    {
        WebApplicationBuilder builder = PartApplication.CreateBuilder(listener, log, shutdownTimeout);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(metrics);
        if (options.Settings.Gateway.Responses is { MaxBytes: > 0 } kept)
        {
            builder.Services.AddSingleton<IResponseStore>(provider => new ResponseStore(
                options.Data.Responses,
                kept,
                metrics,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<ResponseStore>>()));
        }

        if (options.Settings.Gateway.Usage is { Enabled: true } ledger)
        {
            builder.Services.AddSingleton(provider => new UsageLedger(
                UsagePlace.Of(options.Data, name, ledger.Postgres),
                ledger,
                metrics,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<UsageLedger>>()));
            builder.Services.AddSingleton<IUsageLedger>(static provider => provider.GetRequiredService<UsageLedger>());
            builder.Services.AddHostedService<UsageLedgerStart>();
        }

        builder.Services.AddTriremeGateway(options.Settings.Gateway.Limits);
        builder.Services.AddSingleton(informers);
        builder.Services.AddSingleton(credentials);
        builder.Services.AddSingleton(
            new ReplicaPriceList(informers.Of<AcceleratorPool>(), options.Settings.Operator.Replicas.RuntimeMemoryBytes));
        builder.Services.AddHostedService<RoutingFeed>();
        WebApplication app = builder.Build();
        app.UseTriremeGateway();
        app.MapTriremeGateway();
        return app;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
