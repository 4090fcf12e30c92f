using System.Text.Json.Serialization;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>Where a rollout stands.</summary>
public enum RolloutPhase
{
    /// <summary>Replicas of the new release are starting.</summary>
    Preparing,

    /// <summary>The new release gets traffic, or copies of it, and is judged.</summary>
    Progressing,

    /// <summary>A step ran out of time inconclusive, or a shadow passed that a person is to follow; a person decides.</summary>
    Held,

    /// <summary>The new release serves alone.</summary>
    Promoted,

    /// <summary>The new release was worse, could not start or was not ready in time; the old one serves.</summary>
    RolledBack,

    /// <summary>The wanted release changed before the rollout ended, or after it was rolled back; the history has the outcome.</summary>
    Superseded,
}

/// <summary>What a person may say about a move.</summary>
public enum RolloutOrder
{
    /// <summary>Take the new release without waiting for the judge.</summary>
    Promote,

    /// <summary>Go back to an earlier release at once, as fast as its replicas become ready and without the judge.</summary>
    Undo,
}

/// <summary>One move from a release to another. Its plan is pinned when it starts.</summary>
public sealed record RolloutStatus
{
    public required RolloutPhase Phase { get; init; }

    /// <summary>The release that served before.</summary>
    public required ReleaseRef From { get; init; }

    /// <summary>The new release.</summary>
    public required ReleaseRef To { get; init; }

    /// <summary>Number of the move among those of the service, from 1; 0 for one that an earlier version began.</summary>
    public long Revision { get; init; }

    /// <summary>
    /// Tells this move from every other; what a person says about a move names it. Absent where an earlier version began it.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>What a person said about this move; absent where the judge decides.</summary>
    public RolloutOrder? Order { get; init; }

    /// <summary>The annotation that said so, which is used up with it.</summary>
    public string? OrderedBy { get; init; }

    /// <summary>The plan as it was when the rollout started; later edits count for the next one.</summary>
    public required RolloutSpec Plan { get; init; }

    /// <summary>
    /// Index of the current stage: of Canary the step, of Shadow the copies and then each step, of InPlace the replica that is exchanged;
    /// of BlueGreen 0 until the old release has been kept for its time.
    /// </summary>
    public int Step { get; init; }

    /// <summary>When it began.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When the current step began to get traffic.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset StepStartedAt { get; init; }

    /// <summary>
    /// How long the move has taken as the platform measured it while it ran: to a few seconds while it is under way, and whole once it has
    /// ended. Intervals of the move are measured by it and never by the time of day, which may be set.
    /// </summary>
    public Duration Elapsed { get; init; }

    /// <summary>Value of elapsed when the current step began to get traffic.</summary>
    public Duration StepStartedAfter { get; init; }

    /// <summary>
    /// Value of elapsed when the wait for replicas began or one more of them became ready; the plan's progress deadline counts from here.
    /// </summary>
    public Duration? ProgressAfter { get; init; }

    /// <summary>Most replicas of the new release that were ready at once during this wait.</summary>
    public int MostReadyReplicas { get; init; }

    /// <summary>Value of elapsed since which the release that the spec names cannot be used.</summary>
    public Duration? UnusableAfter { get; init; }

    /// <summary>What the judge has summed up while the move is under way.</summary>
    public MoveEvidence? Evidence { get; init; }

    /// <summary>The judge's last look.</summary>
    public RolloutVerdict? Verdict { get; init; }
}
