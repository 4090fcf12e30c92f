using Trireme.Contracts.Timing;
using Trireme.Fleet.Scaling;
using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Load;

/// <summary>
/// What the gateway tells whoever scales services: their load when asked, and at once that a request waits for a replica.
/// </summary>
public sealed class LoadReadings
{
    private readonly RoutingTable _routes;
    private readonly TimeProvider _time;
    private readonly string _source = Guid.NewGuid().ToString("N");
    private long _sequence;

    internal LoadReadings(RoutingTable routes, TimeProvider time)
    {
        _routes = routes;
        _time = time;
    }

    /// <summary>
    /// Raised with namespace and name of a service when a request begins to wait for a replica and no other one does. Handlers hold up that
    /// request.
    /// </summary>
    public event Action<string, string>? Waiting;

    /// <summary>
    /// The load of a service now; null where the gateway does not know it, or its number of replicas does not follow the load.
    /// </summary>
    public ServiceLoad? Read(string @namespace, string service)
    {
        LiveService? live = null;
        _routes.Current.Find(@namespace)?.TryFind(service, out live);
        return live is null ? null : Read(live);
    }

    /// <summary>The load of every service whose number of replicas follows it.</summary>
    public IReadOnlyList<ServiceReading> ReadAll() =>
    [
        .. from service in _routes.Current.Services
           let load = Read(service)
           where load is not null
           select new ServiceReading(service.Route.Namespace, service.Route.Name, load),
    ];

    private ServiceLoad? Read(LiveService live)
    {
        if (live.Load is not { } load) return null;
        var replicas = new Dictionary<string, ReplicaLoad>(StringComparer.Ordinal);
        int inFlight = 0;
        foreach (LiveRelease release in live.Releases)
        {
            foreach (LiveReplica replica in release.Replicas)
            {
                inFlight += replica.InFlight;
                replicas[replica.Route.Name] = new ReplicaLoad(
                    replica.InFlight, RequestWeights.InRequests(replica.WorkInFlight), RequestWeights.InRequests(replica.WorkEnded));
            }
        }

        var stamp = new LoadStamp(_source, Interlocked.Increment(ref _sequence), _time.GetSteadyTime());
        return load.Read(stamp, since => _time.GetElapsedTime(since)) with
        {
            InFlight = inFlight,
            Replicas = replicas,
        };
    }

    internal void AnnounceWaiting(ServiceRoute service) => Waiting?.Invoke(service.Namespace, service.Name);
}

/// <summary>The load of one service.</summary>
public sealed record ServiceReading(string Namespace, string Name, ServiceLoad Load);
