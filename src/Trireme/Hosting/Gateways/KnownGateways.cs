using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Hosting.Gateways;

/// <summary>
/// Gateways that run in processes of their own, as far as their leases are renewed. Whether one is, is measured here: the time of day in
/// it says nothing once a clock has been set.
/// </summary>
internal sealed class KnownGateways(InformerSet informers, TimeProvider time)
{
    private readonly Informer<Lease> _leases = informers.Of<Lease>();
    private readonly Lock _lock = new();
    private Dictionary<string, (string? Revision, long Since)> _seen = [];

    /// <summary>Each by name, with the address of its metrics.</summary>
    public IReadOnlyList<(string Name, Uri Metrics)> Current
    {
        get
        {
            lock (_lock)
            {
                var alive = new List<(string Name, Uri Metrics)>();
                var seen = new Dictionary<string, (string? Revision, long Since)>();
                foreach (Lease lease in _leases.Snapshot.Items)
                {
                    if (MetricsUrl(lease) is not { } url) continue;
                    string name = lease.Metadata.Name;
                    bool isKnown = _seen.TryGetValue(name, out (string? Revision, long Since) known)
                        && known.Revision == lease.Metadata.ResourceVersion;
                    seen[name] = isKnown ? known : (lease.Metadata.ResourceVersion, time.GetTimestamp());
                    if (time.GetElapsedTime(seen[name].Since) <= GatewayLease.Duration) alive.Add((name, url));
                }

                _seen = seen;
                return alive;
            }
        }
    }

    /// <summary>Null for a lease that is no gateway's, or names no address of this machine: the telemetry key goes nowhere else.</summary>
    private static Uri? MetricsUrl(Lease lease) =>
        lease.Metadata.Namespace == TriremeApi.SystemNamespace
        && lease.Metadata.Labels?.GetValueOrDefault(TriremeApi.ComponentLabel) == TriremeApi.GatewayComponent
        && lease.Metadata.Annotations?.GetValueOrDefault(TriremeApi.MetricsUrlAnnotation) is { } text
        && Uri.TryCreate(text, UriKind.Absolute, out Uri? url)
        && url is { Scheme: "http", IsLoopback: true }
            ? url
            : null;
}
