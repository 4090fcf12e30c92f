using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Limits;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;

namespace Trireme.Gateway.Routing;

/// <summary>A service as clients name it, with its releases.</summary>
public sealed record ServiceRoute
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public DateTimeOffset? Created { get; init; }

    /// <summary>Request header that keeps a client on one release.</summary>
    public required string StickyHeader { get; init; }

    /// <summary>Who shares cached prompts.</summary>
    public PrefixCacheScope PrefixCache { get; init; }

    public required IReadOnlyList<ReleaseRoute> Releases { get; init; }

    /// <summary>True if the service wants no replica, so that there is nothing to wait for.</summary>
    public bool IsScaledToZero { get; init; }

    /// <summary>What scaling aims at; null for a service whose number of replicas does not follow the load.</summary>
    public SloSpec? Slo { get; init; }

    /// <summary>How long a request waits for a replica; null for as long as the gateway lets all wait.</summary>
    public TimeSpan? HoldTimeout { get; init; }

    /// <summary>What the start of a replica takes, for who has waited for it in vain; null where that is not known.</summary>
    public string? StartupNote { get; init; }

    /// <summary>Why no replica of the service will come, so that waiting is in vain; null while one may yet answer.</summary>
    public string? NoHopeBecause { get; init; }

    /// <summary>What all its requests together may use.</summary>
    public UsageSpec Usage { get; init; } = UsageSpec.Unlimited;

    /// <summary>What its tokens cost.</summary>
    public TokenPrices Prices { get; init; }

    /// <summary>Its namespace and name, by which errors call it.</summary>
    public string FullName => field ??= $"{Namespace}/{Name}";

    internal static ServiceRoute From(ModelService service, IEnumerable<ReplicaRoute> replicas)
    {
        ILookup<string, ReplicaRoute> byHash = replicas.ToLookup(static replica => replica.ContentHash, StringComparer.Ordinal);
        var releases = new List<ReleaseRoute>();
        foreach (ReleaseTraffic traffic in service.Status?.Traffic ?? [])
        {
            releases.Add(new ReleaseRoute(traffic.Name, traffic.ContentHash, traffic.Weight, Sorted(byHash[traffic.ContentHash]))
            {
                Copies = traffic.Shadow ?? 0,
            });
        }

        foreach (IGrouping<string, ReplicaRoute> group in byHash)
        {
            if (releases.Exists(release => release.ContentHash == group.Key)) continue;
            releases.Add(new ReleaseRoute(group.First().Release, group.Key, 0, Sorted(group)));
        }

        return new ServiceRoute
        {
            Namespace = service.Metadata.Namespace ?? "",
            Name = service.Metadata.Name,
            Created = service.Metadata.CreationTimestamp,
            StickyHeader = service.Spec.Routing.StickyHeader,
            PrefixCache = service.Spec.Isolation.PrefixCache,
            Releases = releases,
            // One that sleeps wants none until somebody asks, which is what the request does.
            IsScaledToZero = service.Spec is { Scaling: null, Replicas: 0 },
            Slo = service.Spec.Scaling?.Slo,
            HoldTimeout = service.Spec.Scaling?.HoldTimeout,
            StartupNote = StartupWords.Of(service.Status?.Scaling),
            NoHopeBecause = ServiceAvailability.NoHopeBecause(service),
            Usage = service.Spec.Usage,
            Prices = TokenPrices.From(service.Spec.Price),
        };
    }

    private static ReplicaRoute[] Sorted(IEnumerable<ReplicaRoute> replicas) =>
        [.. replicas.OrderBy(static replica => replica.Name, StringComparer.Ordinal)];
}

/// <summary>One release of a service with its share of traffic and its ready replicas.</summary>
public sealed record ReleaseRoute(string Name, string ContentHash, int Weight, IReadOnlyList<ReplicaRoute> Replicas)
{
    /// <summary>Percent of requests that are copied to it, whose answers nobody sees.</summary>
    public int Copies { get; init; }

    /// <summary>Name and the first twelve digits of the content hash: what responses carry.</summary>
    public string Label { get; } = $"{Name}@{Short(ContentHash)}";

    private static string Short(string contentHash)
    {
        string digits = contentHash[(contentHash.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return digits[..Math.Min(12, digits.Length)];
    }
}

/// <summary>A replica that answers.</summary>
public sealed record ReplicaRoute
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required string Service { get; init; }

    public required string Release { get; init; }

    public required string ContentHash { get; init; }

    public required Uri Endpoint { get; init; }

    /// <summary>What it costs for an hour, by the price of its pool; 0 where that is not known.</summary>
    public double PricePerHour { get; init; }

    /// <summary>What the replica is called with; null for one that answers everyone.</summary>
    public ReplicaKey? Key { get; init; }

    internal static ReplicaRoute? From(ModelReplica replica, ReplicaKey? key)
    {
        bool answers = replica is { Status.Phase: ReplicaPhase.Ready, Metadata.IsDeleting: false };
        if (!answers || !Uri.TryCreate(replica.Status!.Endpoint, UriKind.Absolute, out Uri? endpoint)) return null;
        if (endpoint.Scheme is not ("http" or "https")) return null;
        return new ReplicaRoute
        {
            Namespace = replica.Metadata.Namespace ?? "",
            Name = replica.Metadata.Name,
            Service = replica.Spec.Service,
            Release = replica.Spec.Release,
            ContentHash = replica.Spec.ContentHash,
            Endpoint = endpoint,
            Key = key,
        };
    }
}
