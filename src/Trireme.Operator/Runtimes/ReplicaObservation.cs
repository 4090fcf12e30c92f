using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;

namespace Trireme.Operator.Runtimes;

/// <summary>What the runtime knows about a replica's engine.</summary>
public sealed record ReplicaObservation
{
    public required ReplicaPhase Phase { get; init; }

    /// <summary>True if no engine runs and its pause after a failure, if any, is over.</summary>
    public bool MayStart { get; init; }

    /// <summary>True if the engine was ready before and stopped answering.</summary>
    public bool Unhealthy { get; init; }

    /// <summary>True if the engine sleeps, which somebody else than the platform ordered.</summary>
    public bool Asleep { get; init; }

    /// <summary>The runtime's section of the status, under its name.</summary>
    public required ReplicaRuntimeSection Runtime { get; init; }

    public string? Endpoint { get; init; }

    /// <summary>When the running engine was started, as a time of day for people; null while none runs.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public int Restarts { get; init; }

    /// <summary>Times the engine ended by itself since it last was healthy for a while.</summary>
    public int ConsecutiveFailures { get; init; }

    public ReplicaExit? LastExit { get; init; }

    /// <summary>Why the engine said that it cannot serve, where that is how it ended; null otherwise.</summary>
    public string? Refusal { get; init; }

    /// <summary>Log of the newest process; null for engines whose logs are elsewhere.</summary>
    public string? LogFile { get; init; }

    /// <summary>True if this very observation found the exit.</summary>
    public bool ExitIsNew { get; init; }

    /// <summary>When the engine is started again, as a time of day for people.</summary>
    public DateTimeOffset? NextStartAt { get; init; }

    /// <summary>The same by the steady clock of this process.</summary>
    public TimeSpan? NextStartDue { get; init; }

    public DateTimeOffset? ReadyAt { get; init; }

    public IReadOnlyList<StartupStage>? Startup { get; init; }
}

/// <summary>What a runtime says of where the engine runs: its name, and the section of the status that belongs to it.</summary>
public sealed record ReplicaRuntimeSection(string Name)
{
    /// <summary>For the runtime "process"; null while none runs.</summary>
    public ReplicaProcess? Process { get; init; }
}
