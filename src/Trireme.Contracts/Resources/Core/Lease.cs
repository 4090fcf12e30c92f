using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>A claim with a deadline, used to elect one active controller.</summary>
public sealed record Lease : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "coordination.k8s.io/v1";

    public static string TypeKind => "Lease";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>Who holds it, and until when.</summary>
    public LeaseSpec? Spec { get; init; }
}

public sealed record LeaseSpec
{
    /// <summary>Who holds it.</summary>
    public string? HolderIdentity { get; init; }

    /// <summary>Seconds after its renewal in which nobody else may take it.</summary>
    [Range(1, int.MaxValue)]
    public int? LeaseDurationSeconds { get; init; }

    /// <summary>When the holder took it.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? AcquireTime { get; init; }

    /// <summary>When the holder last renewed it.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? RenewTime { get; init; }

    /// <summary>How often it changed hands.</summary>
    [Range(0, int.MaxValue)]
    public int? LeaseTransitions { get; init; }
}
