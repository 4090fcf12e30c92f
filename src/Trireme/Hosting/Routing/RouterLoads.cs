using Trireme.Fleet.Scaling;
using Trireme.Gateway.Load;
using Trireme.Hosting.Gateways;
using Trireme.Kubernetes;
using Trireme.Operator.ModelServices;

namespace Trireme.Hosting.Routing;

/// <summary>The load of services as the gateway of this process counts it, for the operator of this process.</summary>
internal sealed class RouterLoads : IServiceLoads
{
    private readonly LoadReadings _readings;
    private readonly Func<ResourceKey, double?> _kvUse;
    private readonly KnownGateways _others;

    /// <param name="readings">The gateway's.</param>
    /// <param name="kvUse">The share of KV blocks in use that engines report, where it is known.</param>
    /// <param name="others">Gateways whose load is not read.</param>
    public RouterLoads(LoadReadings readings, Func<ResourceKey, double?> kvUse, KnownGateways others)
    {
        _others = others;
        _readings = readings;
        _kvUse = kvUse;
        readings.Waiting += (@namespace, service) => Waiting?.Invoke(new ResourceKey(@namespace, service));
    }

    public event Action<ResourceKey>? Waiting;

    /// <summary>
    /// Beside another gateway this one's count is a part of the load, by which nothing may be taken away: then only a request that waits
    /// here is told of.
    /// </summary>
    public ServiceLoad? Read(ResourceKey service)
    {
        if (_readings.Read(service.Namespace, service.Name) is not { } load) return null;
        return load.Held > 0 || _others.Current.Count == 0 ? load with { KvUse = _kvUse(service) } : null;
    }
}
