namespace Trireme.Gateway.Routing;

/// <summary>What the gateway itself knows about a replica. Lives as long as the replica, across snapshots.</summary>
internal sealed class LiveReplica(ReplicaRoute route)
{
    private int _inFlight;
    private long _ejectedUntil = long.MinValue;

    public ReplicaRoute Route { get; } = route;

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Timestamp until which the replica is ejected: it gets no request.</summary>
    public long EjectedUntil => Volatile.Read(ref _ejectedUntil);

    public void Begin() => Interlocked.Increment(ref _inFlight);

    public void End() => Interlocked.Decrement(ref _inFlight);

    public void EjectUntil(long timestamp) => Volatile.Write(ref _ejectedUntil, timestamp);
}
