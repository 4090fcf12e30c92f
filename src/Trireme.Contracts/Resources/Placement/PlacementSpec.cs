using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Where the service's replicas may run, and who makes room for whom.</summary>
public sealed record PlacementSpec
{
    /// <summary>Name of the only AcceleratorPool they may run on. Any pool that fits where it is absent.</summary>
    public string? Pool { get; init; }

    /// <summary>Labels that a pool must have, each with this value. Not together with pool, which names one.</summary>
    [MaxLength(16)]
    public IReadOnlyDictionary<string, string>? PoolSelector { get; init; }

    /// <summary>How far a pool must be trusted, at least.</summary>
    public TrustLevel MinTrustLevel { get; init; } = TrustLevel.Low;

    /// <summary>
    /// Who gets room first. A replica of a lower class is drained and ended for one of a higher class only while the higher service has
    /// fewer replicas with a place than spec.replicas; what a rollout starts beside them never ends another's.
    /// </summary>
    public PriorityClass PriorityClass { get; init; } = PriorityClass.Standard;

    internal void Validate(FieldErrors errors)
    {
        if (Pool is not null && PoolSelector is { Count: > 0 })
        {
            const string Both = "must not be set together with spec.placement.pool, which names one pool; remove one";
            errors.Invalid("spec.placement.poolSelector", Both);
        }

        if (Pool is not null && NameRules.PathSegmentFault(Pool) is { } fault) errors.Invalid("spec.placement.pool", $"\"{Pool}\" {fault}");
    }
}

/// <summary>Who gets room first, from last to first.</summary>
public enum PriorityClass
{
    /// <summary>Experiments and batches, which can wait.</summary>
    Low,
    Standard,
    High,

    /// <summary>What the company stands still without.</summary>
    Critical,
}

/// <summary>Where a replica runs.</summary>
public sealed record ReplicaPlace
{
    /// <summary>The AcceleratorPool.</summary>
    public required string Pool { get; init; }

    /// <summary>The device in it, such as h100-3.</summary>
    public required string Device { get; init; }
}
