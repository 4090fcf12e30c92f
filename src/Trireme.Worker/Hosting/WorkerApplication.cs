using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Http;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Listening;
using Trireme.Worker.Http;

namespace Trireme.Worker.Hosting;

/// <summary>Composes the HTTP server: limits and routes.</summary>
internal sealed class WorkerApplication(
    WorkerIdentity identity,
    WorkerLifecycle lifecycle,
    IModelServing serving,
    MetricRegistry metrics,
    ILoggerFactory loggers,
    TimeProvider time)
{
    public const long MaxBodyBytes = 16 * 1024 * 1024;

    /// <summary>Web pages' origins whose scripts may call; none by default.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Names the worker is called by besides its addresses.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Connections open at a time; one more closes the one that has been silent longest.</summary>
    public int MaxConnections { get; init; } = 4096;

    /// <summary>What every request must present; null for a worker that answers everyone.</summary>
    public ReplicaKey? Key { get; init; }

    public WebApplication Build(IPEndPoint listen)
    {
        // The empty builder reads no environment: a worker listens where its options say and nowhere else.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        if (AllowedOrigins.Count > 0) builder.Services.AddCors();
        builder.Services.AddSingleton<IHostLifetime, ExternalLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, listen));
        // Platform and local users come from one address: silence makes room for requests, whoever is silent.
        builder.WebHost.UseConnectionGate(new ConnectionGate("worker", () => MaxConnections, MaxConnections, metrics, time));

        WebApplication application = builder.Build();
        var pipeline = new RequestPipeline(identity, serving.MainRoute, metrics, time, loggers.CreateLogger<RequestPipeline>());
        application.Use(next => context => pipeline.InvokeAsync(context, next));
        var addresses = new AddressCheck(AllowedHosts, AllowedOrigins);
        application.Use(next => context => addresses.InvokeAsync(context, next));
        application.UseRouting();
        if (AllowedOrigins.Count > 0) application.UseCors(policy => Allow(policy, AllowedOrigins));
        // A browser asks without the key whether its page may send it, so the key comes after that; before it nothing is held.
        if (Key is { } key)
        {
            var keys = new KeyCheck(key);
            application.Use(next => context => keys.InvokeAsync(context, next));
        }

        var bodies = new BodyAdmission();
        application.Use(next => context => bodies.InvokeAsync(context, next));
        serving.Map(application);
        MapStatus(application);
        return application;
    }

    /// <summary>Any page of these origins may call every route and read what the answer says of itself.</summary>
    private static void Allow(CorsPolicyBuilder policy, IReadOnlyList<string> origins) =>
        policy.WithOrigins([.. origins]).AllowAnyMethod().AllowAnyHeader().WithExposedHeaders([.. TriremeHeaders.ToldToClients]);

    private static void Limit(KestrelServerOptions kestrel, IPEndPoint listen)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        kestrel.Listen(listen, static connection => connection.Protocols = HttpProtocols.Http1);
    }

    private void MapStatus(WebApplication application)
    {
        var status = new StatusEndpoints(lifecycle, identity, metrics);
        application.MapRead("/health", status.HealthAsync);
        application.MapRead("/ping", status.HealthAsync);
        application.MapPost("/ping", status.HealthAsync);
        application.MapRead("/version", status.VersionAsync);
        application.MapRead("/startup", status.StartupAsync);
        application.MapRead("/metrics", status.MetricsAsync);
        application.MapRead("/load", status.LoadAsync);
    }

    /// <summary>Leaves signals to the worker, which drains before it stops the server.</summary>
    private sealed class ExternalLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
