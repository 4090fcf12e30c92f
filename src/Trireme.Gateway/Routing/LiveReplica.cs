using Trireme.Contracts.Metrics;

namespace Trireme.Gateway.Routing;

/// <summary>What the gateway itself knows about a replica. Lives as long as the replica, across snapshots.</summary>
internal sealed class LiveReplica
{
    private int _inFlight;
    private long _ejectedUntil = long.MinValue;

    public LiveReplica(ReplicaRoute route, Gauge.Series inFlightGauge)
    {
        Route = route;
        inFlightGauge.SetSource(() => InFlight);
    }

    public ReplicaRoute Route { get; }

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Timestamp until which the replica is put aside.</summary>
    public long EjectedUntil => Volatile.Read(ref _ejectedUntil);

    public void Begin() => Interlocked.Increment(ref _inFlight);

    public void End() => Interlocked.Decrement(ref _inFlight);

    public void EjectUntil(long timestamp) => Volatile.Write(ref _ejectedUntil, timestamp);
}
