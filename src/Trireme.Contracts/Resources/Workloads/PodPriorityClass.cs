using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Names how urgent Pods are.</summary>
public sealed record PodPriorityClass : IResource, IHasTypeMeta, IValidatable
{
    /// <summary>Beginning of the names that the system keeps to itself.</summary>
    public const string SystemPrefix = "system-";

    /// <summary>The largest value of a class that is not the system's.</summary>
    public const int ValueMax = 1_000_000_000;

    public static string TypeApiVersion => "scheduling.k8s.io/v1";

    public static string TypeKind => "PriorityClass";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>How urgent its Pods are: the larger, the more.</summary>
    public int Value { get; init; }

    /// <summary>Whether it is the class of Pods that name none.</summary>
    public bool? GlobalDefault { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>Never or PreemptLowerPriority: whether its Pods may take the place of others.</summary>
    public string? PreemptionPolicy { get; init; }

    /// <summary>The classes of the system's own Pods, as every cluster has them.</summary>
    public static IReadOnlyList<PodPriorityClass> BuiltIn { get; } =
    [
        Of("system-cluster-critical", 2_000_000_000, "cluster"),
        Of("system-node-critical", 2_000_001_000, "node"),
    ];

    public void Validate(FieldErrors errors)
    {
        errors.OneOf("preemptionPolicy", PreemptionPolicy, "Never", "PreemptLowerPriority");
        PodPriorityClass? own = BuiltIn.FirstOrDefault(known => known.Metadata.Name == Metadata.Name);
        if (own is null && Metadata.Name.StartsWith(SystemPrefix, StringComparison.Ordinal))
        {
            errors.Forbid("metadata.name", "priority class names with 'system-' prefix are reserved for system use only");
        }

        if (own is null && Value > ValueMax)
        {
            errors.Forbid("value", $"maximum allowed value of a user defined priority is {ValueMax}");
        }

        bool differs = own is not null && (own.Value != Value || GlobalDefault == true);
        if (differs) errors.Forbid("metadata.name", $"the system class {Metadata.Name} has the value {own!.Value} and is no default");
    }

    private static PodPriorityClass Of(string name, int value, string what) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Value = value,
        PreemptionPolicy = "PreemptLowerPriority",
        Description = what == "cluster"
            ? "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."
            : "Used for system critical pods that must not be moved from their current node.",
    };
}
