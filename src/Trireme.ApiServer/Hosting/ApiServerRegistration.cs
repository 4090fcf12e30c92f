using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Trireme.ApiServer.Access;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Definitions;
using Trireme.ApiServer.Discovery;
using Trireme.ApiServer.Disruption;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Jobs;
using Trireme.ApiServer.OpenApi;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Pods;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Quotas;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Reviews;
using Trireme.ApiServer.Security;
using Trireme.ApiServer.ServiceAccounts;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Watching;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

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
        services.AddSingleton(provider => new TokenAuthenticatorChain(
            [.. options.Authenticators, .. provider.GetServices<ServiceAccountAuthenticator>()]));
        services.AddSingleton(provider => new ServedResources(
            options.Access is null ? [.. options.Definitions.Except(ResourceCatalog.Access)] : options.Definitions,
            provider.GetServices<IVirtualKind>(),
            provider.GetServices<IProjectedKind>(),
            provider.GetServices<IFixedKind>()));
        services.AddSingleton(provider => ObjectStore.Open(
            options.DatabasePath, provider.GetRequiredService<ServedResources>(), options.Limits, options.Time));

        services.AddSingleton<IVirtualKind, SelfSubjectReviews>();
        services.AddSingleton<IVirtualKind, SelfSubjectAccessReviews>();
        services.AddSingleton<IVirtualKind, SubjectAccessReviews>();
        services.AddSingleton<IVirtualKind, TokenReviews>();
        services.AddSingleton<AccessRules>();
        services.AddSingleton<RoleGuard>();
        services.AddSingleton<Impersonation>();
        services.AddSingleton<TokenKeysEndpoint>();

        services.AddSingleton<IProjectedKind, EventForm>();
        services.AddSingleton<IFixedKind, DefinitionKind>();
        if (options.Pods is { } pods) services.AddSingleton<IProjectedKind>(new PodKind(pods));
        services.AddSingleton<ObjectView>();

        services.AddSingleton<ApiServerMetrics>();
        services.AddSingleton<ObjectAdmission>();
        services.AddSingleton<TenantLimits>();
        services.AddSingleton<FieldManagement>();
        services.AddSingleton<ObjectWriter>();
        services.AddSingleton<ObjectDeletion>();
        services.AddSingleton<OwnerGraph>();
        services.AddSingleton<OwnerEvents>();
        services.AddSingleton<UseProtection>();
        services.AddSingleton<DependentCollector>();
        services.AddSingleton<NamespaceEmptier>();
        services.AddSingleton<WriteTurns>().AddSingleton(AnswerTurns.By(options));
        services.AddSingleton<ReadOperation>();
        services.AddSingleton<WatchOperation>();
        services.AddSingleton<CreateOperation>();
        services.AddSingleton<UpdateOperation>();
        services.AddSingleton<PatchOperation>();
        services.AddSingleton<DeleteOperation>();
        services.AddSingleton<ScaleOperation>();
        services.AddSingleton<ReviewOperation>();
        AddWorkloads(services, options);
        services.AddSingleton<ResponseWriter>();
        services.AddSingleton<ResourceEndpoint>();
        services.AddSingleton<DiscoveryDocuments>();
        services.AddSingleton<DiscoveryEndpoint>();
        services.AddSingleton<OpenApiDocuments>();
        services.AddSingleton<OpenApiEndpoint>();
        services.AddSingleton<RequestAudit>();
        services.AddSingleton<ApiEndpoint>();

        services.AddSingleton<DefinitionFeed>();
        services.AddHostedService<DefinitionUpkeep>();
        services.AddSingleton<StoreWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<StoreWatch>());
        services.AddSingleton<HealthEndpoint>();
        services.AddSingleton<Readiness>();
        services.AddHostedService(provider => provider.GetRequiredService<Readiness>());
        if (options.Access is { } access) AddAccess(services, access);
        services.AddHostedService<GarbageCollector>();
        services.AddHostedService<EventExpiry>();
        return services;
    }

    private static void AddWorkloads(IServiceCollection services, ApiServerOptions options)
    {
        services.AddSingleton<ObjectEvents>();
        services.AddSingleton<PodLogOperation>();
        services.AddSingleton<NamespacedIndex<LimitRange>>();
        services.AddSingleton<NamespacedIndex<ResourceQuota>>();
        services.AddSingleton<NamespacedIndex<PodDisruptionBudget>>();
        services.AddSingleton<LimitRanges>();
        services.AddSingleton<PodAdmission>();
        services.AddSingleton<QuotaTally>();
        services.AddSingleton<QuotaStatuses>();
        services.AddSingleton<QuotaAdmission>();
        services.AddSingleton<BudgetTally>();
        services.AddSingleton<BindingOperation>();
        services.AddSingleton<EvictionOperation>();
        services.AddSingleton<PodConnection>();
        services.AddSingleton<PodOperations>();
        services.AddHostedService<SystemClasses>();
        services.AddHostedService<PodReaper>();
        services.AddHostedService<QuotaUpkeep>();
        services.AddHostedService<BudgetStatuses>();
        services.AddSingleton<JobPods>();
        services.AddHostedService<JobController>();
        if (options.PublishedAuthority is not null) services.AddHostedService<AuthorityUpkeep>();
    }

    private static void AddAccess(IServiceCollection services, AccessControl access)
    {
        services.AddSingleton(access.Tokens);
        services.AddSingleton<IVirtualKind, LocalSubjectAccessReviews>();
        services.AddSingleton<IVirtualKind, SelfSubjectRulesReviews>();
        services.AddSingleton<AccessFeed>();
        services.AddSingleton<AccountObjects>();
        services.AddSingleton(static provider => new Lazy<AccountObjects>(provider.GetRequiredService<AccountObjects>));
        services.AddSingleton<ServiceAccountAuthenticator>();
        services.AddSingleton<TokenRequestOperation>();
        services.AddHostedService<RoleUpkeep>();
        services.AddHostedService<DefaultAccounts>();
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
