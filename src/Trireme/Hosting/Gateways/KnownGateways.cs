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

    /// <summary>Those whose leases are renewed.</summary>
    public IEnumerable<KnownGateway> Current => All.Where(static gateway => gateway.IsRenewed);

    /// <summary>Those that have a lease: one that ends as it should has none.</summary>
    public IReadOnlyList<KnownGateway> All
    {
        get
        {
            lock (_lock)
            {
                var gateways = new List<KnownGateway>();
                var seen = new Dictionary<string, (string? Revision, long Since)>();
                foreach (Lease lease in _leases.Snapshot.Items)
                {
                    if (MetricsUrl(lease) is not { } url) continue;
                    string name = lease.Metadata.Name;
                    bool isKnown = _seen.TryGetValue(name, out (string? Revision, long Since) known)
                        && known.Revision == lease.Metadata.ResourceVersion;
                    seen[name] = isKnown ? known : (lease.Metadata.ResourceVersion, time.GetTimestamp());
                    bool isRenewed = time.GetElapsedTime(seen[name].Since) <= GatewayLease.Duration;
                    gateways.Add(new KnownGateway(name, url, isRenewed));
                }

                _seen = seen;
                return gateways;
            }
        }
    }

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _leases.WaitForSyncAsync(cancellationToken);

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

/// <summary>A gateway in a process of its own.</summary>
/// <param name="Name">Its lease's.</param>
/// <param name="Metrics">Address of its metrics.</param>
/// <param name="IsRenewed">False once its lease has not been renewed for as long as it holds.</param>
internal readonly record struct KnownGateway(string Name, Uri Metrics, bool IsRenewed)
{
    /// <summary>Address of what it tells of its services' load.</summary>
    public Uri LoadsUrl => new(Metrics, GatewayLoadPage.Path);
}
