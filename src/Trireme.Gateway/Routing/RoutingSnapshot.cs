using System.Collections.Frozen;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.Gateway.Routing;

/// <summary>Who answers for which service at one moment, read from the resources. Immutable.</summary>
public sealed class RoutingSnapshot
{
    private RoutingSnapshot(FrozenDictionary<string, FrozenDictionary<string, ServiceRoute>> namespaces) => Namespaces = namespaces;

    public static RoutingSnapshot Empty { get; } = Build([], []);

    /// <summary>Services by namespace and name.</summary>
    public FrozenDictionary<string, FrozenDictionary<string, ServiceRoute>> Namespaces { get; }

    /// <summary>
    /// Reads the routes. A replica takes part while its phase is Ready, it is not being deleted and its endpoint is an absolute
    /// http address. Releases that have replicas but no share of traffic are kept with weight zero, as the last resort.
    /// </summary>
    /// <param name="services">All services.</param>
    /// <param name="replicas">All replicas.</param>
    /// <param name="credentials">
    /// What replicas are called with; null where none asks for anything. Those it does not know take no part.
    /// </param>
    /// <param name="prices">What a replica costs for an hour; null where none costs anything.</param>
    public static RoutingSnapshot Build(
        IEnumerable<ModelService> services,
        IEnumerable<ModelReplica> replicas,
        IReplicaCredentials? credentials = null,
        Func<ModelReplica, double>? prices = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(replicas);
        ILookup<(string, string), ReplicaRoute> ready = replicas
            .Select(replica => (
                Key: (replica.Metadata.Namespace ?? "", replica.Spec.Service), Route: RouteTo(replica, credentials, prices)))
            .Where(static item => item.Route is not null)
            .ToLookup(static item => item.Key, static item => item.Route!);

        FrozenDictionary<string, FrozenDictionary<string, ServiceRoute>> namespaces = services
            .Select(service => ServiceRoute.From(service, ready[(service.Metadata.Namespace ?? "", service.Metadata.Name)]))
            .GroupBy(static route => route.Namespace, StringComparer.Ordinal)
            .ToFrozenDictionary(
                static group => group.Key,
                static group => group.ToFrozenDictionary(static route => route.Name, StringComparer.Ordinal),
                StringComparer.Ordinal);
        return new RoutingSnapshot(namespaces);
    }

    private static ReplicaRoute? RouteTo(ModelReplica replica, IReplicaCredentials? credentials, Func<ModelReplica, double>? prices)
    {
        ReplicaKey? key = null;
        if (credentials is not null && !credentials.TryFind(replica, out key)) return null;
        return ReplicaRoute.From(replica, key) is { } route ? route with { PricePerHour = prices?.Invoke(replica) ?? 0 } : null;
    }
}
