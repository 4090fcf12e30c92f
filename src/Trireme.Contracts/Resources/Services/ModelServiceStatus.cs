using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>What the service is.</summary>
public sealed record ModelServiceStatus
{
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public long? ObservedGeneration { get; init; }

    /// <summary>Replicas of any release that answer requests.</summary>
    public int ReadyReplicas { get; init; }

    /// <summary>Replicas of any release, ready or not.</summary>
    public int Replicas { get; init; }

    /// <summary>The release clients get; a rollback returns here.</summary>
    public ReleaseRef? StableRelease { get; init; }

    /// <summary>The release that served before the stable one, for rollout undo.</summary>
    public ReleaseRef? PreviousRelease { get; init; }

    /// <summary>Where traffic goes: weights sum to 100 once anything is ready.</summary>
    [ListMap("name")]
    public IReadOnlyList<ReleaseTraffic>? Traffic { get; init; }

    /// <summary>The move to another release that is under way, or the last one.</summary>
    public RolloutStatus? Rollout { get; init; }
}

/// <summary>A release by name and content.</summary>
public sealed record ReleaseRef
{
    public required string Name { get; init; }

    public required string ContentHash { get; init; }
}

/// <summary>The share of requests one release gets.</summary>
public sealed record ReleaseTraffic
{
    public required string Name { get; init; }

    public required string ContentHash { get; init; }

    /// <summary>Percent of requests.</summary>
    public int Weight { get; init; }

    public int ReadyReplicas { get; init; }

    public int Replicas { get; init; }
}

/// <summary>Where a rollout stands.</summary>
public enum RolloutPhase
{
    /// <summary>Replicas of the new release are starting.</summary>
    Preparing,

    /// <summary>The new release gets a share of traffic and is judged.</summary>
    Progressing,

    /// <summary>A step ran out of time undecided; a person decides.</summary>
    Held,

    /// <summary>The new release serves alone.</summary>
    Promoted,

    /// <summary>The judge found the new release worse; the old one serves.</summary>
    RolledBack,

    /// <summary>The wanted release changed before the rollout ended.</summary>
    Superseded,
}

/// <summary>One move from a release to another. Its plan is pinned when it starts.</summary>
public sealed record RolloutStatus
{
    public required RolloutPhase Phase { get; init; }

    public required ReleaseRef From { get; init; }

    public required ReleaseRef To { get; init; }

    /// <summary>The plan as it was when the rollout started; later edits count for the next one.</summary>
    public required RolloutSpec Plan { get; init; }

    /// <summary>Index of the current step in the plan.</summary>
    public int Step { get; init; }

    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When the current step began to get traffic.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset StepStartedAt { get; init; }

    /// <summary>The judge's last look.</summary>
    public RolloutVerdict? Verdict { get; init; }
}

/// <summary>What a look at the samples says.</summary>
public enum Judgement
{
    /// <summary>Not enough samples, or they prove nothing either way.</summary>
    Inconclusive,

    /// <summary>The new release is within every limit.</summary>
    Pass,

    /// <summary>The new release breaks a limit.</summary>
    Fail,
}

/// <summary>The judgement over all signals: the worst of them decides.</summary>
public sealed record RolloutVerdict
{
    public required Judgement Judgement { get; init; }

    /// <summary>One sentence with the numbers that decided.</summary>
    public required string Reason { get; init; }

    /// <summary>Each signal by itself.</summary>
    [ListMap("signal")]
    public IReadOnlyList<SignalVerdict> Signals { get; init; } = [];
}

/// <summary>One compared signal.</summary>
public sealed record SignalVerdict
{
    /// <summary>errorRate, ttft, itl or quality.</summary>
    public required string Signal { get; init; }

    public required Judgement Judgement { get; init; }

    /// <summary>The serving release's value: a share, seconds or bits per byte.</summary>
    public double? Baseline { get; init; }

    /// <summary>The new release's value in the same unit.</summary>
    public double? Candidate { get; init; }

    /// <summary>Samples or pairs behind the values.</summary>
    public int Samples { get; init; }

    /// <summary>
    /// Chance of a difference at least this bad beyond the limit if the new release were within it; absent where no test was
    /// run.
    /// </summary>
    public double? PValue { get; init; }

    public required string Reason { get; init; }
}

/// <summary>Conditions of a ModelService.</summary>
public static class ModelServiceConditions
{
    /// <summary>True when at least one replica answers.</summary>
    public const string Available = "Available";

    /// <summary>True when the wanted release serves alone; the reason tells progress, hold or rollback.</summary>
    public const string RolledOut = "RolledOut";

    /// <summary>True when the number of ready replicas is the wanted one.</summary>
    public const string Scaled = "Scaled";

    /// <summary>True when the release named in the spec exists and is verified.</summary>
    public const string ReleaseReady = "ReleaseReady";
}
