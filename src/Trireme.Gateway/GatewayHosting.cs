using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Trireme.Contracts.Audit;
using Trireme.Contracts.Http;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Admission;
using Trireme.Gateway.Dialects;
using Trireme.Gateway.Dialects.Responses;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Limits;
using Trireme.Gateway.Load;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Shadowing;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway;

/// <summary>Adds the gateway to an ASP.NET Core application, which brings the server, logging and TLS.</summary>
public static class GatewayHosting
{
    /// <summary>
    /// Registers the gateway. The host feeds <see cref="RoutingTable"/>, <see cref="ApiKeyTable"/> and <see cref="UsageLimiter"/>; until it
    /// does, requests are answered 503. Metrics go to the <see cref="MetricRegistry"/> in the container, which is added if there is none.
    /// An <see cref="IAuthorizer"/> in the container decides what a key may use, instead of the rule that it opens its own namespace; an
    /// <see cref="IAuditSink"/> in the container gets a record of every request; an <see cref="IResponseStore"/> in the container keeps
    /// responses and an <see cref="IUsageLedger"/> what requests used; without one, neither is kept.
    /// </summary>
    public static IServiceCollection AddTriremeGateway(this IServiceCollection services, GatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.AddRouting();
        services.AddCors();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MetricRegistry>();
        services.TryAddSingleton<IAuthorizer, KeyNamespaceAuthorizer>();
        services.AddSingleton(options);
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<ApiKeyTable>();
        services.AddSingleton(static provider =>
            new RoutingTable(provider.GetRequiredService<GatewayOptions>(), provider.GetRequiredService<GatewayMetrics>()));
        services.AddSingleton<IdentifyStage>();
        services.AddSingleton(static provider => new BodyMemory(provider.GetRequiredService<GatewayOptions>().MaxBufferedBytes));
        services.AddSingleton<AdmitStage>();
        services.AddSingleton<RecallStage>();
        services.AddSingleton<ResolveStage>();
        services.AddSingleton<AuthorizeStage>();
        services.TryAddSingleton<IResponseStore, NoResponseStore>();
        services.AddSingleton<ResponseTranslation>();
        services.AddSingleton<TranslateStage>();
        services.AddSingleton<KeptAnswers>();
        services.TryAddSingleton<IUsageLedger, NoUsageLedger>();
        services.AddSingleton<UsageEntries>();
        services.AddSingleton<UsageAnswer>();
        services.AddSingleton(static provider => new UsageLimiter(
            provider.GetRequiredService<TimeProvider>(), countsAll: provider.GetRequiredService<IUsageLedger>().IsKept));
        services.AddSingleton<LimitStage>();
        services.AddSingleton(static provider =>
            new LoadReadings(provider.GetRequiredService<RoutingTable>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(static provider => new ReplicaQueue(
            provider.GetRequiredService<RoutingTable>(),
            provider.GetRequiredService<LoadReadings>(),
            provider.GetRequiredService<GatewayOptions>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None));
        services.AddSingleton<CancellationPool>();
        services.AddSingleton(static provider => new Upstream(provider.GetRequiredService<GatewayOptions>()));
        services.AddSingleton<AnswerRelay>();
        services.AddSingleton<ShadowCopies>();
        services.AddSingleton<Forwarder>();
        services.AddSingleton<RequestAccount>();
        services.AddSingleton<ExceptionFence>();
        services.AddSingleton<GatewayPipeline>();
        return services;
    }

    /// <summary>
    /// Lets the pages of the origins in the options call the gateway and read what its answers say of themselves. They still need a key.
    /// </summary>
    public static IApplicationBuilder UseTriremeGateway(this IApplicationBuilder application)
    {
        ArgumentNullException.ThrowIfNull(application);
        string[] origins = [.. application.ApplicationServices.GetRequiredService<GatewayOptions>().AllowedOrigins];
        return origins.Length == 0
            ? application
            : application.UseCors(policy =>
                policy.WithOrigins(origins).AllowAnyMethod().AllowAnyHeader().WithExposedHeaders([.. TriremeHeaders.ToldToClients]));
    }

    /// <summary>
    /// Maps the interfaces of OpenAI and Anthropic under /v1, the Open Inference Protocol's inference under /v2, /tokenize and /health, and
    /// answers every other address with an error in the form that its clients read. GET /metrics is left to the host, which may have more
    /// to show.
    /// </summary>
    public static IEndpointConventionBuilder MapTriremeGateway(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        GatewayPipeline pipeline = endpoints.ServiceProvider.GetRequiredService<GatewayPipeline>();
        RouteGroupBuilder group = endpoints.MapGroup("");
        foreach (ApiRoute route in ApiSurface.Routes)
        {
            RequestDelegate answer = route.Operation == ApiOperation.Health ? IsAliveAsync : context => pipeline.RunAsync(context, route);
            if (route.Method is { } method) group.MapMethods(route.Path, method == "GET" ? [method, "HEAD"] : [method], answer);
            else group.Map(route.Path, answer);
        }

        return group;
    }

    /// <summary>A probe is no request: it needs no key and is not accounted for.</summary>
    private static Task IsAliveAsync(HttpContext context) => context.Response.WriteAsJsonAsync(new { status = "ok" });
}
