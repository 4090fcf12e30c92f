using Trireme.Contracts.Metrics;
using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Accounting;

/// <summary>
/// Requests in flight by replica. A replica that was restarted is another one under the same name: both count into the name's series
/// while the old one still answers somebody, and the series goes with the last of them.
/// </summary>
internal sealed class InFlightGauge(Gauge gauge)
{
    private readonly Lock _changing = new();
    private readonly Dictionary<(string Namespace, string Service, string Release, string Name), Holders> _series = [];

    public void Add(LiveReplica replica)
    {
        ReplicaRoute route = replica.Route;
        lock (_changing)
        {
            if (!_series.TryGetValue(NameOf(route), out Holders? holders))
            {
                holders = new Holders();
                _series.Add(NameOf(route), holders);
                gauge.With(route.Namespace, route.Service, route.Release, route.Name).SetSource(holders.Sum);
            }

            holders.Replicas = [.. holders.Replicas, replica];
        }
    }

    public void Remove(LiveReplica replica)
    {
        ReplicaRoute route = replica.Route;
        lock (_changing)
        {
            if (!_series.TryGetValue(NameOf(route), out Holders? holders)) return;
            holders.Replicas = [.. holders.Replicas.Where(held => held != replica)];
            if (holders.Replicas.Length > 0) return;
            _series.Remove(NameOf(route));
            gauge.Remove(route.Namespace, route.Service, route.Release, route.Name);
        }
    }

    private static (string, string, string, string) NameOf(ReplicaRoute route) =>
        (route.Namespace, route.Service, route.Release, route.Name);

    /// <summary>Who counts into one series. Read without the lock, so the array is replaced and never changed.</summary>
    private sealed class Holders
    {
        private volatile LiveReplica[] _replicas = [];

        public LiveReplica[] Replicas
        {
            get => _replicas;
            set => _replicas = value;
        }

        public double Sum()
        {
            int sum = 0;
            foreach (LiveReplica replica in _replicas) sum += replica.InFlight;
            return sum;
        }
    }
}
