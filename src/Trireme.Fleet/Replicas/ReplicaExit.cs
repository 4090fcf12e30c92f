namespace Trireme.Fleet.Replicas;

/// <summary>How an engine process ended.</summary>
public enum ExitReason
{
    /// <summary>Ended by itself with an error code.</summary>
    Crashed,

    /// <summary>Said that it cannot serve the model as it is asked to, and ended.</summary>
    CannotServe,

    /// <summary>Ended because a file of its model is not, or no longer, what was verified.</summary>
    ModelFileChanged,

    /// <summary>Ended by the kernel because the machine had no memory left.</summary>
    OutOfMemory,

    /// <summary>Ended by itself without an error, which an engine should not do.</summary>
    Completed,

    /// <summary>Ended by a signal from outside the platform.</summary>
    Killed,

    /// <summary>Found dead without anyone having seen how it ended.</summary>
    Vanished,

    /// <summary>Killed by the platform because it took more memory than it may.</summary>
    MemoryLimitExceeded,

    /// <summary>Killed by the platform because it did not become ready in time.</summary>
    StartupTimeout,

    /// <summary>Killed by the platform because it no longer answered.</summary>
    Unresponsive,

    /// <summary>Killed by the platform because it did not act by the key that it was started with.</summary>
    KeyRefused,

    /// <summary>Killed by the platform because somebody put it to sleep and it could not be woken.</summary>
    PutToSleep,

    /// <summary>Killed by the platform because its state was lost and nothing else tells that it is what its replica asks for.</summary>
    StateLost,

    /// <summary>Ended when asked to, after its open streams.</summary>
    Drained,

    /// <summary>Killed by the platform because it did not end when asked to.</summary>
    DrainTimeout,
}

/// <summary>The end of one engine process.</summary>
public sealed record ReplicaExit(ExitReason Reason, string Message, DateTimeOffset At)
{
    /// <summary>Exit code; 128 plus the signal's number if a signal ended it; null if nobody saw it end.</summary>
    public int? Code { get; init; }

    /// <summary>When the process was started; null where that was not written down.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public override string ToString() => $"{Reason}: {Message}";
}
