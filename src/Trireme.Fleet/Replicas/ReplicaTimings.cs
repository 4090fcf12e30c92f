using Trireme.Contracts.Timing;

namespace Trireme.Fleet.Replicas;

/// <summary>Times and limits in the life of a replica.</summary>
public sealed record ReplicaTimings
{
    /// <summary>Pause between health checks. 1 s.</summary>
    public TimeSpan HealthInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait for a health answer. 2 s.</summary>
    public TimeSpan HealthTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Health checks in a row that must fail before a ready replica gets no more requests. 3.</summary>
    public int UnhealthyAfterFailures { get; init; } = 3;

    /// <summary>A process that has not answered for this long is killed and started again. 30 s.</summary>
    public TimeSpan UnresponsiveAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// An engine that somebody put to sleep is woken at once; one that does not serve by then is killed and started again. 10 s.
    /// </summary>
    public TimeSpan WakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait for the first ready answer of a process. 10 minutes.</summary>
    public TimeSpan StartupTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Pauses before a process that ended by itself is started again: 1 s doubling to 60 s.</summary>
    public Backoff Restart { get; init; } = new() { First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(60) };

    /// <summary>Time of health after which earlier failures no longer count. 60 s.</summary>
    public TimeSpan HealthyAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Pause between announcing that a replica drains and telling its process, so that the routing snapshot moves first. 150 ms.
    /// </summary>
    public TimeSpan RoutingPause { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>Time past the drain timeout after which a process that should have ended is killed. 5 s.</summary>
    public TimeSpan DrainMargin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause between observations of a process that is ending. 100 ms.</summary>
    public TimeSpan StopPoll { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Time without a platform after which a replica drains and ends by itself. 60 s.</summary>
    public TimeSpan OwnerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Memory a process may take above spec.resources.memory, which is what the engine plans its weights and caches with: the
    /// runtime, its code and requests in flight. 256 MiB.
    /// </summary>
    public long RuntimeMemoryBytes { get; init; } = 256L << 20;

    /// <summary>
    /// Pause before an engine that said it cannot serve is asked again. What it refuses seldom changes by itself, but a machine may get
    /// more memory. 10 minutes.
    /// </summary>
    public TimeSpan RefusalPause { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Size at which a process's log is moved aside; one such part is kept. 10 MiB.</summary>
    public long LogBytesMax { get; init; } = 10 << 20;

    /// <summary>Logs kept of one replica, one per process. 10.</summary>
    public int LogsPerReplica { get; init; } = 10;

    /// <summary>Bytes of all replicas' logs together; the oldest of ended processes are removed first. 256 MiB.</summary>
    public long LogsBytesMax { get; init; } = 256 << 20;
}
