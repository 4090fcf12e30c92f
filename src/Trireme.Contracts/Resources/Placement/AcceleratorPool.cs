using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>
/// Devices that replicas are placed on. Pools belong to no namespace, like nodes: whoever runs the platform has them, and every tenant's
/// replicas share them. The pool "local" is the machine the platform runs on and exists by itself.
/// </summary>
public sealed record AcceleratorPool : IResourceWithStatus<AcceleratorPoolStatus>, IHasTypeMeta, IValidatable
{
    /// <summary>Name of the pool that is this machine.</summary>
    public const string Local = "local";

    public static string TypeApiVersion => TriremeApi.Version;

    public static string TypeKind => "AcceleratorPool";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>What the pool has and what it is worth. The platform makes the pool local without any, so all of it is people's.</summary>
    public AcceleratorPoolSpec? Spec { get; init; }

    /// <summary>The same, with what its absence means.</summary>
    [JsonIgnore]
    public AcceleratorPoolSpec Terms => Spec ?? AcceleratorPoolSpec.Default;

    public AcceleratorPoolStatus? Status { get; init; }

    public void Validate(FieldErrors errors)
    {
        if (Metadata.Name != Local && Terms.Devices is not { Count: > 0 })
        {
            errors.Required("spec.devices", "must name at least one device; only the pool local, this machine, is measured");
        }
    }
}

/// <summary>What the pool has and what it is worth.</summary>
public sealed record AcceleratorPoolSpec
{
    internal static AcceleratorPoolSpec Default { get; } = new();

    /// <summary>
    /// The devices, kind by kind. The pool local may leave them out: then it is one device with the memory and cores of the machine, or of
    /// the container the platform runs in, less a reserve for the platform (the setting operator.reservedMemoryBytes). What is said here
    /// counts instead of what was measured.
    /// </summary>
    [ListMap("name")]
    [MaxLength(256)]
    public IReadOnlyList<PoolDevice>? Devices { get; init; }

    /// <summary>What one device costs for an hour. A replica costs the part of it that its memory is of the device's.</summary>
    [Range(0, 1_000_000)]
    public double PricePerHour { get; init; }

    /// <summary>How far the pool is trusted. Services that ask for more are not placed on it.</summary>
    public TrustLevel TrustLevel { get; init; } = TrustLevel.Medium;
}

/// <summary>Devices that are alike.</summary>
public sealed record PoolDevice
{
    /// <summary>Name of the kind, such as h100. Its devices are NAME-0, NAME-1 and so on.</summary>
    [RegularExpression("^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$")]
    public required string Name { get; init; }

    /// <summary>How many there are.</summary>
    [Range(1, 4096)]
    public int Count { get; init; } = 1;

    /// <summary>Memory of each.</summary>
    public required ByteSize Memory { get; init; }

    /// <summary>
    /// Cores of each. Replicas may share them: threads are never refused for want of cores, and of devices that fit alike the one with the
    /// fewest threads for each core is taken.
    /// </summary>
    [Range(1, 4096)]
    public int Cores { get; init; } = 1;
}

/// <summary>How far a pool is trusted, from least to most.</summary>
public enum TrustLevel
{
    Low,
    Medium,
    High,
}
