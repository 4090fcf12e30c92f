using System.Collections.Frozen;
using Trireme.Fleet.Routing;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Load;

namespace Trireme.Gateway.Routing;

/// <summary>
/// The routes in force. Requests read them without a lock; an update swaps them whole. Requests in flight, ejections, retry budgets
/// and what is counted for scaling survive the swap.
/// </summary>
public sealed class RoutingTable
{
    private readonly GatewayOptions _options;
    private readonly GatewayMetrics _metrics;
    private readonly Lock _updating = new();
    private readonly Dictionary<ReplicaRoute, LiveReplica> _replicas = [];
    private Dictionary<(string Namespace, string Service), RetryBudget> _budgets = [];
    private Dictionary<(string Namespace, string Service), LoadCounters> _loads = [];
    private volatile LiveRoutes _current;

    internal RoutingTable(GatewayOptions options, GatewayMetrics metrics)
    {
        _options = options;
        _metrics = metrics;
        _current = new LiveRoutes(RoutingSnapshot.Empty, FrozenDictionary<string, LiveNamespace>.Empty);
    }

    public RoutingSnapshot Snapshot => _current.Snapshot;

    internal LiveRoutes Current => _current;

    /// <summary>Requests that begin after this call follow the new routes; open ones end where they are.</summary>
    public void Update(RoutingSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        LiveRoutes previous;
        lock (_updating)
        {
            previous = _current;
            var budgets = new Dictionary<(string, string), RetryBudget>();
            var loads = new Dictionary<(string, string), LoadCounters>();
            var present = new HashSet<ReplicaRoute>();
            FrozenDictionary<string, LiveNamespace> namespaces = snapshot.Namespaces.ToFrozenDictionary(
                static pair => pair.Key,
                pair => new LiveNamespace([.. pair.Value.Values.Select(service => Join(service, budgets, loads, present))]),
                StringComparer.Ordinal);
            _budgets = budgets;
            _loads = loads;
            Forget(present);
            _current = new LiveRoutes(snapshot, namespaces);
        }

        previous.MarkReplaced();
    }

    private LiveService Join(
        ServiceRoute service,
        Dictionary<(string, string), RetryBudget> budgets,
        Dictionary<(string, string), LoadCounters> loads,
        HashSet<ReplicaRoute> present)
    {
        (string, string) key = (service.Namespace, service.Name);
        RetryBudget budget = _budgets.GetValueOrDefault(key) ?? new RetryBudget(_options.RetryBudgetRatio, _options.RetryBudgetReserve);
        budgets[key] = budget;
        LoadCounters? load = service.Slo is null ? null : _loads.GetValueOrDefault(key) ?? new LoadCounters();
        if (load is not null) loads[key] = load;

        var releases = new List<LiveRelease>(service.Releases.Count);
        foreach (ReleaseRoute release in service.Releases)
        {
            var replicas = new List<LiveReplica>(release.Replicas.Count);
            foreach (ReplicaRoute replica in release.Replicas)
            {
                present.Add(replica);
                if (!_replicas.TryGetValue(replica, out LiveReplica? live))
                {
                    live = new LiveReplica(replica);
                    _replicas.Add(replica, live);
                    _metrics.InFlight.Add(live);
                }

                replicas.Add(live);
            }

            ReleaseMetrics metrics = _metrics.ForRelease(service.Namespace, service.Name, release.Name);
            if (replicas.Count > 0) metrics.Begin();
            ReleaseMetrics? copies = null;
            if (release.Copies > 0)
            {
                copies = _metrics.ForCopies(service.Namespace, service.Name, release.Name);
                copies.Begin();
            }

            releases.Add(new LiveRelease(release, [.. replicas], metrics) { CopyMetrics = copies });
        }

        return new LiveService(service, [.. releases], budget, load);
    }

    /// <summary>A replica that is gone is remembered while it still answers someone, in case it comes back.</summary>
    private void Forget(HashSet<ReplicaRoute> present)
    {
        foreach ((ReplicaRoute route, LiveReplica live) in _replicas)
        {
            if (present.Contains(route) || live.InFlight > 0) continue;
            _replicas.Remove(route);
            _metrics.InFlight.Remove(live);
        }
    }
}
