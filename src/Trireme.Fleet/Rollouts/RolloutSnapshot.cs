using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Rollouts;

/// <summary>Everything the rollout decision needs, read at one moment.</summary>
public sealed record RolloutSnapshot
{
    /// <summary>The time of day, to record; intervals are measured by <see cref="Elapsed"/>.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>
    /// How long the recorded rollout has taken; before a release has served, how long the wanted one is waited for. Measured by a steady
    /// clock while the platform ran.
    /// </summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The service, for the commands that messages name.</summary>
    public required ServiceKey Service { get; init; }

    /// <summary>Uid of the service, by which its moves differ from those of a service that had the same name.</summary>
    public string ServiceUid { get; init; } = "";

    /// <summary>The service's wanted state.</summary>
    public required ModelServiceSpec Spec { get; init; }

    /// <summary>The release the spec names, once it is verified; null while it is missing or refused.</summary>
    public ReleaseRef? Wanted { get; init; }

    /// <summary>Why there is no wanted release, for people.</summary>
    public string? WantedProblem { get; init; }

    /// <summary>The release that serves; null before the first deployment is ready.</summary>
    public ReleaseRef? Stable { get; init; }

    public ReleaseRef? Previous { get; init; }

    /// <summary>The rollout as last recorded in the status.</summary>
    public RolloutStatus? Rollout { get; init; }

    /// <summary>Moves that have ended, oldest first.</summary>
    public IReadOnlyList<RolloutRecord> History { get; init; } = [];

    /// <summary>What is recorded beside the stable release, the previous one and the rollout, by which an edit is noticed.</summary>
    public string? Checksum { get; init; }

    /// <summary>Releases with ready replicas.</summary>
    public IReadOnlyList<RunningRelease> Running { get; init; } = [];

    /// <summary>True where the recorded state was lost or edited and what is here was made from what runs.</summary>
    internal bool WasRebuilt { get; init; }

    /// <summary>Ready replicas of the stable release.</summary>
    public int StableReady { get; init; }

    /// <summary>Ready replicas of the wanted release.</summary>
    public int WantedReady { get; init; }

    /// <summary>
    /// Ready replicas of the release that the recorded rollout moves to; the wanted release's when absent. The two differ while the
    /// spec names a release that cannot be used.
    /// </summary>
    public int? CandidateReady { get; init; }

    /// <summary>Set while the wanted release's replicas cannot start: the reason, such as a crash loop.</summary>
    public string? WantedFailure { get; init; }

    /// <summary>What a replica of the wanted release that is not ready says of itself.</summary>
    public string? WantedComplaint { get; init; }

    /// <summary>A person's word to promote without waiting for the judge, with the move it was said of.</summary>
    public string? PromoteOrder { get; init; }

    /// <summary>A person's word to go back at once, with the move it was said of.</summary>
    public string? UndoOrder { get; init; }

    /// <summary>Samples since the current step began.</summary>
    public RolloutSamples Samples { get; init; } = RolloutSamples.None;

    /// <summary>
    /// False while nobody has tried to read the step's samples yet, such as right after a restart of the platform: a step does not run out
    /// of time on evidence that may be one read away.
    /// </summary>
    public bool SamplesWereRead { get; init; } = true;

    /// <summary>Why the release that the spec names cannot be run, as a sentence.</summary>
    internal string Problem => WantedProblem ?? $"Release {Spec.Release} does not exist or is not verified.";

    /// <summary>
    /// A clause on the release that all traffic is meant for. That it serves is said only while a replica of it answers.
    /// </summary>
    /// <param name="release">The release.</param>
    /// <param name="ready">Its ready replicas.</param>
    /// <param name="does">What is said of it then.</param>
    internal string Serving(ReleaseRef release, int ready, string does = "serves") => ready > 0
        ? $"{release.Name} {does}"
        : Spec.Replicas == 0
            ? $"{release.Name} serves {DecidedReplicas.Raised(Spec)}"
            : $"{release.Name} is to serve but has no ready replica";
}

/// <summary>A release with its ready replicas, and since when the oldest of them exists.</summary>
public sealed record RunningRelease(ReleaseRef Release, int Ready, DateTimeOffset Since);

/// <summary>What the rollout asks for now.</summary>
public sealed record RolloutDecision
{
    /// <summary>The release to record as stable.</summary>
    public ReleaseRef? Stable { get; init; }

    public ReleaseRef? Previous { get; init; }

    /// <summary>The rollout to record.</summary>
    public RolloutStatus? Rollout { get; init; }

    /// <summary>What to record beside these, so that an edit by hand is noticed.</summary>
    public string? Checksum => RolloutRecovery.Checksum(Stable, Previous, Rollout);

    /// <summary>Moves that have ended, to record.</summary>
    public IReadOnlyList<RolloutRecord> History { get; init; } = [];

    /// <summary>Releases with the replicas and the share of traffic each should have; the shares sum to 100 or are all 0.</summary>
    public required IReadOnlyList<ReleaseTarget> Targets { get; init; }

    /// <summary>How replicas give way to those that take their place.</summary>
    public ReplicaExchange Exchange { get; init; }

    /// <summary>Status of the RolledOut condition with its reason and message.</summary>
    public required ConditionStatus RolledOut { get; init; }

    public required string Reason { get; init; }

    public required string Message { get; init; }

    /// <summary>When to decide again even if nothing changes.</summary>
    public TimeSpan? RequeueAfter { get; init; }
}

/// <summary>One release's part of the fleet.</summary>
public sealed record ReleaseTarget(ReleaseRef Release, int Replicas, int Weight)
{
    /// <summary>Percent of requests that are copied to it and whose answers nobody sees.</summary>
    public int Copies { get; init; }
}
