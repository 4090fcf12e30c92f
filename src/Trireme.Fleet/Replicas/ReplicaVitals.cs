namespace Trireme.Fleet.Replicas;

/// <summary>
/// What is remembered only while the platform runs: the times that the waits in a replica's life are measured from, by the steady clock. A
/// platform that is started again cannot know how long an earlier one has waited, so its waits begin anew; each has its end all the same.
/// </summary>
/// <param name="LastAnswerAt">When the process last answered a health check, whatever it said.</param>
/// <param name="LastReadyAt">When it last said that it is ready.</param>
/// <param name="FailedChecks">Health checks without an answer since then.</param>
public sealed record ReplicaVitals(TimeSpan LastAnswerAt, TimeSpan LastReadyAt, int FailedChecks = 0)
{
    /// <summary>Since when the process has been ready without a break; null while it is not.</summary>
    public TimeSpan? HealthySince { get; init; }

    /// <summary>When it was asked to end; null until it is.</summary>
    public TimeSpan? StopRequestedAt { get; init; }

    /// <summary>Until when the next start waits; null where nothing holds it back.</summary>
    public TimeSpan? NextStartAt { get; init; }

    /// <summary>Since when it has said that it sleeps; null while it does not.</summary>
    public TimeSpan? AsleepSince { get; init; }

    /// <summary>True if the process was ready at some time since this platform knows it.</summary>
    public bool WasReady { get; init; }

    /// <summary>
    /// The first check in a row that found no answer; null while it answers, or where the kernel does not tell of its waits.
    /// </summary>
    public ReplicaSilence? Silence { get; init; }

    /// <summary>Those of a process that has just been started, or of a replica without one.</summary>
    public static ReplicaVitals Fresh(TimeSpan now) => new(now, now);
}

/// <summary>A process that does not answer, when that was first seen.</summary>
/// <param name="Since">By the steady clock.</param>
/// <param name="ProcessorWait">How long its threads had waited for a processor by then.</param>
public sealed record ReplicaSilence(TimeSpan Since, TimeSpan ProcessorWait)
{
    /// <summary>
    /// Part of the time in which a process that only waits for its turn has some thread ready to run without a processor. One that hangs
    /// has none, and one that computes for ever on a machine with room gets what it asks for.
    /// </summary>
    private const double StarvedShare = 0.5;

    /// <summary>True if the process is silent because it gets no processor, which says nothing of how it is.</summary>
    public bool IsStarvation(TimeSpan now, TimeSpan? processorWait) =>
        processorWait is { } waited && waited - ProcessorWait >= StarvedShare * (now - Since);
}
