using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>How many copies of an object are wanted and are there, in the form that is the same for all kinds that can be scaled.</summary>
public sealed record Scale : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "autoscaling/v1";

    public static string TypeKind => "Scale";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    public ScaleSpec Spec { get; init; } = new();

    /// <summary>What there is; set by the server.</summary>
    public ScaleStatus? Status { get; init; }
}

/// <summary>What is wanted.</summary>
public sealed record ScaleSpec
{
    /// <summary>Copies that are wanted.</summary>
    [Range(0, int.MaxValue)]
    public int Replicas { get; init; }
}

/// <summary>What there is.</summary>
public sealed record ScaleStatus
{
    /// <summary>Copies that are there, ready or not.</summary>
    public int Replicas { get; init; }

    /// <summary>Labels of the copies, for those who read metrics of them.</summary>
    public string? Selector { get; init; }
}
