namespace Trireme.Fleet.Replicas;

/// <summary>What a health check says.</summary>
public enum EngineHealth
{
    /// <summary>No check was made: the process has not said where it listens.</summary>
    Unasked,

    Ready,

    /// <summary>It answers, but not yet or no longer with the model.</summary>
    NotReady,

    NoAnswer,

    /// <summary>
    /// It answers that it was put to sleep. The platform gives no such order, so it was somebody else who has the engine's key.
    /// </summary>
    Asleep,

    /// <summary>What answers does not act by the key that the engine was started with, so it is not to be used.</summary>
    Stranger,
}

/// <summary>One observation of a replica's process.</summary>
public sealed record ReplicaFacts
{
    public bool Alive { get; init; }

    /// <summary>Exit code of an ended child; 128 plus the signal's number if a signal ended it; null if nobody saw it end.</summary>
    public int? ExitCode { get; init; }

    public string? Endpoint { get; init; }

    public EngineHealth Health { get; init; }

    /// <summary>Memory that cannot be dropped and read again: anonymous and shared pages, without mapped files.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>
    /// How long the threads of a process that does not answer have been ready to run without a processor, together and since each began;
    /// null where the kernel does not tell.
    /// </summary>
    public TimeSpan? ProcessorWait { get; init; }

    /// <summary>Why an ended process said that it cannot serve, as one sentence; null if it said nothing.</summary>
    public string? Refusal { get; init; }

    /// <summary>Processes that the kernel killed for lack of memory since this one was last seen alive; null if it does not tell.</summary>
    public long? KernelKills { get; init; }

    /// <summary>Its processes that the kernel killed at the limit of its own control group.</summary>
    public long LimitKills { get; init; }
}
