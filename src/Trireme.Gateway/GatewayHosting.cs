using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Trireme.Contracts.Metrics;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Keys;
using Trireme.Gateway.Requests;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Telemetry;

namespace Trireme.Gateway;

/// <summary>Adds the gateway to an ASP.NET Core application, which brings the server, logging and TLS.</summary>
public static class GatewayHosting
{
    /// <summary>
    /// Registers the gateway. The host feeds <see cref="RoutingTable"/> and <see cref="ApiKeyTable"/>; until it does, no key is
    /// known. Metrics go to the <see cref="MetricRegistry"/> in the container, which is added if there is none.
    /// </summary>
    public static IServiceCollection AddTriremeGateway(this IServiceCollection services, GatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.AddRouting();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MetricRegistry>();
        services.AddSingleton(options);
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<ApiKeyTable>();
        services.AddSingleton(static provider =>
            new RoutingTable(provider.GetRequiredService<GatewayOptions>(), provider.GetRequiredService<GatewayMetrics>()));
        services.AddSingleton<ReplicaQueue>();
        services.AddSingleton<Upstream>();
        services.AddSingleton<AnswerRelay>();
        services.AddSingleton<Forwarder>();
        services.AddSingleton<InferenceHandler>();
        services.AddSingleton<ModelsHandler>();
        return services;
    }

    /// <summary>
    /// Maps the OpenAI interface under /v1, the Open Inference Protocol's inference under /v2, /tokenize and /health. GET /metrics is
    /// left to the host, which may have more to show.
    /// </summary>
    public static IEndpointConventionBuilder MapTriremeGateway(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        InferenceHandler inference = endpoints.ServiceProvider.GetRequiredService<InferenceHandler>();
        ModelsHandler models = endpoints.ServiceProvider.GetRequiredService<ModelsHandler>();
        RouteGroupBuilder group = endpoints.MapGroup("");
        RequestDelegate generate = context => inference.HandleAsync(context, generates: true);
        RequestDelegate forward = context => inference.HandleAsync(context, generates: false);
        RequestDelegate infer = context => inference.HandleAsync(context, generates: false, context.GetRouteValue("model") as string);
        group.MapPost("/v1/chat/completions", generate);
        group.MapPost("/v1/completions", generate);
        group.MapPost("/v1/embeddings", forward);
        group.MapPost("/tokenize", forward);
        group.MapPost("/v2/models/{model}/infer", infer);
        group.MapPost("/v2/models/{model}/versions/{version}/infer", infer);
        group.MapGet("/v1/models", (RequestDelegate)models.ListAsync);
        group.MapGet("/v1/models/{id}", (RequestDelegate)models.GetAsync);
        group.MapGet("/health", (RequestDelegate)(static context => context.Response.WriteAsJsonAsync(new { status = "ok" })));
        group.Map("/v1/{**rest}", (RequestDelegate)RefuseAsync);
        group.Map("/v2/{**rest}", (RequestDelegate)RefuseAsync);
        return group;
    }

    private static Task RefuseAsync(HttpContext context)
    {
        RequestId.Assign(context);
        return ApiErrors.UnknownUrl(context.Request.Method, context.Request.Path).WriteAsync(context);
    }
}
