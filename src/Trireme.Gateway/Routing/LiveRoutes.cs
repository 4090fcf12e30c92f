using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Trireme.Fleet.Routing;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Load;

namespace Trireme.Gateway.Routing;

/// <summary>A snapshot joined with the state that outlives it. Immutable but for that state.</summary>
internal sealed class LiveRoutes(RoutingSnapshot snapshot, FrozenDictionary<string, LiveNamespace> namespaces)
{
    private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RoutingSnapshot Snapshot { get; } = snapshot;

    /// <summary>Completes when newer routes have taken the place of these.</summary>
    public Task Replaced => _replaced.Task;

    public IEnumerable<LiveService> Services => namespaces.Values.SelectMany(static one => one.Services);

    public void MarkReplaced() => _replaced.TrySetResult();

    public LiveNamespace? Find(string name) => namespaces.GetValueOrDefault(name);
}

/// <summary>The services of one tenant.</summary>
internal sealed class LiveNamespace
{
    private readonly FrozenDictionary<string, LiveService> _services;
    private readonly FrozenDictionary<string, LiveService>.AlternateLookup<ReadOnlySpan<char>> _byName;

    public LiveNamespace(IEnumerable<LiveService> services)
    {
        _services = services.ToFrozenDictionary(static service => service.Route.Name, StringComparer.Ordinal);
        _byName = _services.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IEnumerable<LiveService> Services => _services.Values;

    public bool TryFind(ReadOnlySpan<char> name, [NotNullWhen(true)] out LiveService? service) => _byName.TryGetValue(name, out service);
}

/// <summary>A service with its live releases.</summary>
internal sealed class LiveService(ServiceRoute route, LiveRelease[] releases, RetryBudget budget, LoadCounters? load)
{
    public ServiceRoute Route { get; } = route;

    public LiveRelease[] Releases { get; } = releases;

    public int ReplicaCount { get; } = releases.Sum(static release => release.Replicas.Length);

    public RetryBudget Budget { get; } = budget;

    /// <summary>What scaling wants to know; null for a service without it.</summary>
    public LoadCounters? Load { get; } = load;

    /// <summary>The release that gets copies of requests; null where none does that has replicas.</summary>
    public LiveRelease? Shadow { get; } = Array.Find(
        releases, static release => release is { CopyMetrics: not null, Replicas.Length: > 0 });
}

/// <summary>A release with its live replicas.</summary>
internal sealed class LiveRelease(ReleaseRoute route, LiveReplica[] replicas, ReleaseMetrics metrics)
{
    public ReleaseRoute Route { get; } = route;

    public WeightedTarget Target { get; } = new(TrafficSplit.KeyOf(route.ContentHash), route.Weight);

    public LiveReplica[] Replicas { get; } = replicas;

    public ReleaseMetrics Metrics { get; } = metrics;

    /// <summary>The series of copies of requests; null where it gets none.</summary>
    public ReleaseMetrics? CopyMetrics { get; init; }
}
