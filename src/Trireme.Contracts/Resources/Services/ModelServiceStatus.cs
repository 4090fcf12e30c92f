using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>What the service is.</summary>
public sealed record ModelServiceStatus
{
    /// <summary>Aspects of its state, one of each type.</summary>
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    /// <summary>The generation of the spec this was made from.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Replicas of any release that answer requests.</summary>
    public int ReadyReplicas { get; init; }

    /// <summary>Replicas of any release, ready or not.</summary>
    public int Replicas { get; init; }

    /// <summary>Replicas of the serving release that are wanted: spec.replicas, or what spec.scaling has decided on.</summary>
    public int? WantedReplicas { get; init; }

    /// <summary>What spec.scaling has decided and knows; absent where there is none.</summary>
    public ScalingStatus? Scaling { get; init; }

    /// <summary>The release clients get; a rollback returns here.</summary>
    public ReleaseRef? StableRelease { get; init; }

    /// <summary>The release that served before the stable one, for rollout undo.</summary>
    public ReleaseRef? PreviousRelease { get; init; }

    /// <summary>Where traffic goes: weights sum to 100 once anything is ready.</summary>
    [ListMap("name")]
    public IReadOnlyList<ReleaseTraffic>? Traffic { get; init; }

    /// <summary>The move to another release that is under way, or the last one.</summary>
    public RolloutStatus? Rollout { get; init; }

    /// <summary>
    /// Checksum of stableRelease, previousRelease and rollout as the platform wrote them. Where it does not fit, somebody edited them, and
    /// they are rebuilt from the replicas that run.
    /// </summary>
    public string? Checksum { get; init; }

    /// <summary>Moves that have ended, oldest first; the oldest are dropped.</summary>
    [MaxLength(RolloutRecord.CountMax)]
    public IReadOnlyList<RolloutRecord>? History { get; init; }
}

/// <summary>A release by name and content.</summary>
public sealed record ReleaseRef
{
    /// <summary>Name of the release.</summary>
    public required string Name { get; init; }

    /// <summary>What the release held then.</summary>
    public required string ContentHash { get; init; }
}

/// <summary>The share of requests one release gets.</summary>
public sealed record ReleaseTraffic
{
    /// <summary>Name of the release.</summary>
    public required string Name { get; init; }

    /// <summary>What the release held then.</summary>
    public required string ContentHash { get; init; }

    /// <summary>Percent of requests.</summary>
    public int Weight { get; init; }

    /// <summary>Percent of requests that are copied to it, and whose answers nobody sees; absent where none are.</summary>
    public int? Shadow { get; init; }

    /// <summary>Replicas of it that answer.</summary>
    public int ReadyReplicas { get; init; }

    /// <summary>Replicas of it that are wanted now.</summary>
    public int WantedReplicas { get; init; }

    /// <summary>Replicas of it, ready or not.</summary>
    public int Replicas { get; init; }
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

    /// <summary>
    /// True while the number of replicas follows the load, of a service with spec.scaling; False while it stays because load is not known.
    /// </summary>
    public const string ScalingActive = "ScalingActive";

    /// <summary>True when the release named in the spec exists and is verified.</summary>
    public const string ReleaseReady = "ReleaseReady";
}
