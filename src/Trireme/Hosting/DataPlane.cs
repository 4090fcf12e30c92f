using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Gateway;
using Trireme.Hosting.Routing;
using Trireme.Kubernetes;

namespace Trireme.Hosting;

/// <summary>The gateway on its own port, fed with routes and keys from the API server.</summary>
internal sealed class DataPlane : IAsyncDisposable
{
    /// <summary>Open streams end when their replicas have drained, before this application is told to stop.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    private readonly WebApplication _app;

    private DataPlane(WebApplication app, string baseUrl)
    {
        _app = app;
        BaseUrl = baseUrl;
    }

    public string BaseUrl { get; }

    public static async Task<DataPlane> StartAsync(
        PlatformOptions options,
        KubernetesConnection connection,
        MetricRegistry metrics,
        CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = Listener.CreateBuilder(options, ShutdownTimeout);
        var limits = new GatewayOptions();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(metrics);
        builder.Services.AddTriremeGateway(limits);
        builder.Services.AddSingleton(services => Informers.Create<ModelService>(connection, services));
        builder.Services.AddSingleton(services => Informers.Create<ModelReplica>(connection, services));
        builder.Services.AddSingleton(services => Informers.Create<Secret>(connection, services));
        builder.Services.AddHostedService<RoutingFeed>();
        Listener.Listen(builder, options.Host, options.Port);
        WebApplication app = builder.Build();
        app.MapTriremeGateway();

        int port = await Listener.StartAsync(app, "--port", options.Port, cancellationToken);
        // An address that means "every interface" is none that a client can use.
        string host = options.Host is "0.0.0.0" or "::" ? "127.0.0.1" : options.Host;
        return new DataPlane(app, $"http://{host}:{port}");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
