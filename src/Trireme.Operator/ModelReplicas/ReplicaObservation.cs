using Trireme.Contracts.Resources;

namespace Trireme.Operator.ModelReplicas;

/// <summary>How an engine process ended.</summary>
internal enum ExitReason
{
    /// <summary>Ended by itself with an error code.</summary>
    Crashed,

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

    /// <summary>Ended when asked to, after its open streams.</summary>
    Drained,

    /// <summary>Killed by the platform because it did not end when asked to.</summary>
    DrainTimeout,
}

/// <summary>The end of one engine process.</summary>
internal sealed record ReplicaExit(ExitReason Reason, string Message, DateTimeOffset At)
{
    public override string ToString() => $"{Reason}: {Message}";
}

/// <summary>What the runtime knows about a replica's engine.</summary>
internal sealed record ReplicaObservation
{
    public required ReplicaPhase Phase { get; init; }

    /// <summary>True if no engine runs and its pause after a failure, if any, is over.</summary>
    public bool MayStart { get; init; }

    /// <summary>True if the engine was ready before and stopped answering.</summary>
    public bool Unhealthy { get; init; }

    public ReplicaProcess? Process { get; init; }

    public string? Endpoint { get; init; }

    public int Restarts { get; init; }

    public ReplicaExit? LastExit { get; init; }

    /// <summary>True if this very look found the exit.</summary>
    public bool ExitIsNew { get; init; }

    public DateTimeOffset? NextStartAt { get; init; }

    public DateTimeOffset? ReadyAt { get; init; }

    public IReadOnlyList<StartupStage>? Startup { get; init; }
}
