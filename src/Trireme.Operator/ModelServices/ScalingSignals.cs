using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;

namespace Trireme.Operator.ModelServices;

/// <summary>Reads the load of services with spec.scaling at every look, and keeps what is remembered of it between two.</summary>
internal sealed class ScalingSignals
{
    private readonly IServiceLoads _loads;
    private readonly TimeProvider _time;
    private readonly Gauge _desired;
    private readonly Dictionary<ResourceKey, Watched> _watched = [];

    public ScalingSignals(IServiceLoads loads, MetricRegistry metrics, TimeProvider time)
    {
        _loads = loads;
        _time = time;
        _desired = metrics.Gauge(
            OperatorMetricNames.ScalingDesiredReplicas, "Replicas that spec.scaling has decided on.", "namespace", "service");
    }

    /// <summary>Raised when a service's load is to be looked at now.</summary>
    public event Action<ResourceKey>? Changed
    {
        add => _loads.Waiting += value;
        remove => _loads.Waiting -= value;
    }

    /// <summary>The service with what is known of its load.</summary>
    public ServiceSnapshot AddTo(ServiceSnapshot seen)
    {
        var key = ResourceKey.Of(seen.Service);
        if (seen.Service.Spec.Scaling is not { } scaling)
        {
            Forget(key);
            return seen;
        }

        TimeSpan now = _time.GetSteadyTime();
        ScalingStatus? recorded = seen.Service.Status?.Scaling;
        string uid = seen.Service.Metadata.Uid ?? "";
        if (!_watched.TryGetValue(key, out Watched? watched) || watched.Uid != uid)
        {
            watched = new Watched(uid, ScalingMemory.Begin(recorded, now));
        }

        ScalingMemory memory = watched.Memory.With(new ScalingLook
        {
            At = now,
            Scaling = scaling,
            Recorded = recorded,
            Signal = _loads.Read(key),
            Replicas = seen.Replicas,
            Ready = seen.Replicas.Count(ServiceSnapshot.IsReady),
            Measures = Measures(seen),
        });
        _watched[key] = watched with { Memory = memory };
        _desired.With(key.Namespace, key.Name).Set(DecidedReplicas.Of(seen.Service));
        return seen with { Load = memory, SteadyNow = now };
    }

    public void Forget(ResourceKey key)
    {
        if (_watched.Remove(key)) _desired.Remove(key.Namespace, key.Name);
    }

    /// <summary>What a replica carries depends on what it runs and on what it has to run it with.</summary>
    private static string Measures(ServiceSnapshot seen) => CanonicalJson.Sha256(new
    {
        release = (seen.Service.Status?.StableRelease ?? seen.Wanted)?.ContentHash,
        resources = seen.Service.Spec.Resources,
    })[..10];

    private sealed record Watched(string Uid, ScalingMemory Memory);
}
