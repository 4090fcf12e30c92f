using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Discovery;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.OpenApi;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Pods;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Reviews;
using Trireme.ApiServer.Security;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Watching;

namespace Trireme.ApiServer.Hosting;

/// <summary>
/// Adds the embedded API server to an application. The application owns Kestrel: it binds the port with TLS, for instance
/// with a <see cref="ServerCertificate"/>.
/// </summary>
public static class ApiServerRegistration
{
    public static IServiceCollection AddTriremeApiServer(this IServiceCollection services, ApiServerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.Time);
        services.AddSingleton(new TokenAuthenticatorChain(options.Authenticators));
        services.AddSingleton(provider => new ServedResources(
            options.Definitions, provider.GetServices<IVirtualKind>(), provider.GetServices<IProjectedKind>()));
        services.AddSingleton(provider => ObjectStore.Open(
            options.DatabasePath, provider.GetRequiredService<ServedResources>(), options.Limits, options.Time));

        services.AddSingleton<IVirtualKind, SelfSubjectReviews>();
        services.AddSingleton<IVirtualKind, SelfSubjectAccessReviews>();
        services.AddSingleton<IVirtualKind, SubjectAccessReviews>();
        services.AddSingleton<IVirtualKind, TokenReviews>();

        if (options.Pods is { } pods) services.AddSingleton<IProjectedKind>(new PodKind(pods));
        services.AddSingleton<ObjectView>();

        services.AddSingleton<ApiServerMetrics>();
        services.AddSingleton<ObjectAdmission>();
        services.AddSingleton<FieldManagement>();
        services.AddSingleton<ObjectWriter>();
        services.AddSingleton<ObjectDeletion>();
        services.AddSingleton<OwnerGraph>();
        services.AddSingleton<OwnerEvents>();
        services.AddSingleton<UseProtection>();
        services.AddSingleton<DependentCollector>();
        services.AddSingleton<NamespaceEmptier>();
        services.AddSingleton<ReadOperation>();
        services.AddSingleton<WatchOperation>();
        services.AddSingleton<CreateOperation>();
        services.AddSingleton<UpdateOperation>();
        services.AddSingleton<PatchOperation>();
        services.AddSingleton<DeleteOperation>();
        services.AddSingleton<ScaleOperation>();
        services.AddSingleton<ReviewOperation>();
        services.AddSingleton<PodLogOperation>();
        services.AddSingleton<ResponseWriter>();
        services.AddSingleton<ResourceEndpoint>();
        services.AddSingleton<DiscoveryDocuments>();
        services.AddSingleton<DiscoveryEndpoint>();
        services.AddSingleton<OpenApiDocuments>();
        services.AddSingleton<OpenApiEndpoint>();
        services.AddSingleton<RequestAudit>();
        services.AddSingleton<ApiEndpoint>();

        services.AddSingleton<StoreWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<StoreWatch>());
        services.AddSingleton<Readiness>();
        services.AddHostedService(provider => provider.GetRequiredService<Readiness>());
        services.AddHostedService<GarbageCollector>();
        services.AddHostedService<EventExpiry>();
        return services;
    }

    /// <summary>
    /// Maps every path, known or not: whoever asks an API gets an answer of that API. Authentication and authorisation are part of it.
    /// </summary>
    public static void MapTriremeApi(this IEndpointRouteBuilder endpoints)
    {
        ApiEndpoint endpoint = endpoints.ServiceProvider.GetRequiredService<ApiEndpoint>();
        endpoints.Map("/{**path}", endpoint.InvokeAsync);
    }
}
