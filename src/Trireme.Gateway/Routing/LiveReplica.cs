namespace Trireme.Gateway.Routing;

/// <summary>What the gateway itself knows about a replica. Lives as long as the replica, across snapshots.</summary>
internal sealed class LiveReplica(ReplicaRoute route)
{
    private int _inFlight;
    private long _workInFlight;
    private long _workEnded;
    private long _ejectedUntil = long.MinValue;

    public ReplicaRoute Route { get; } = route;

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Timestamp until which the replica is ejected: it gets no request.</summary>
    public long EjectedUntil => Volatile.Read(ref _ejectedUntil);

    /// <summary>The work of these requests, in thousandths of a usual request's.</summary>
    public long WorkInFlight => Volatile.Read(ref _workInFlight);

    /// <summary>The work of requests that have ended, however they did.</summary>
    public long WorkEnded => Volatile.Read(ref _workEnded);

    public void Begin(long work)
    {
        Interlocked.Increment(ref _inFlight);
        Interlocked.Add(ref _workInFlight, work);
    }

    public void End(long work)
    {
        Interlocked.Decrement(ref _inFlight);
        Interlocked.Add(ref _workInFlight, -work);
        Interlocked.Add(ref _workEnded, work);
    }

    public void EjectUntil(long timestamp) => Volatile.Write(ref _ejectedUntil, timestamp);
}
