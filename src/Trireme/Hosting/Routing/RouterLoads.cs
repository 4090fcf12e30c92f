using Trireme.Contracts.Timing;
using Trireme.Fleet.Scaling;
using Trireme.Gateway.Load;
using Trireme.Hosting.Gateways;
using Trireme.Kubernetes;
using Trireme.Operator.ModelServices;

namespace Trireme.Hosting.Routing;

/// <summary>
/// The load of services for the operator of this process, as the gateway of this process and those in processes of their own count it.
/// </summary>
internal sealed class RouterLoads : IServiceLoads
{
    private const string Own = "The platform's gateway";

    private readonly LoadReadings _own;
    private readonly Func<ResourceKey, double?> _kvUse;
    private readonly GatewayLoads _others;
    private readonly TimeProvider _time;
    private readonly string _source = Guid.NewGuid().ToString("N");
    private readonly Lock _joining = new();
    private readonly Dictionary<ResourceKey, JoinedLoad> _joined = [];

    /// <param name="own">This process' gateway's.</param>
    /// <param name="kvUse">The share of KV blocks in use that engines report, where it is known.</param>
    /// <param name="others">Those of gateways in processes of their own.</param>
    /// <param name="time">The clock of readings.</param>
    public RouterLoads(LoadReadings own, Func<ResourceKey, double?> kvUse, GatewayLoads others, TimeProvider time)
    {
        _own = own;
        _kvUse = kvUse;
        _others = others;
        _time = time;
        own.Waiting += (@namespace, service) => Waiting?.Invoke(new ResourceKey(@namespace, service));
        others.Waiting += service => Waiting?.Invoke(service);
    }

    public event Action<ResourceKey>? Waiting;

    public LoadSignal Read(ResourceKey service)
    {
        lock (_joining)
        {
            if (_own.Read(service.Namespace, service.Name) is not { } own)
            {
                _joined.Remove(service);
                return LoadSignal.FromLoad(null);
            }

            TimeSpan now = _time.GetSteadyTime();
            RouterReading[] told = [new(Own, own, now), .. _others.Read(service)];
            JoinedLoad joined = (_joined.GetValueOrDefault(service) ?? JoinedLoad.Begin(_source)).With(told, now);
            _joined[service] = joined;
            return joined.Signal.Load is { } load ? joined.Signal with { Load = load with { KvUse = _kvUse(service) } } : joined.Signal;
        }
    }
}
