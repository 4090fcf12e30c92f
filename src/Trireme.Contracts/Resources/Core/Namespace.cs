using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>A tenant's part of the store: names are unique inside it.</summary>
public sealed record Namespace : IResourceWithStatus<NamespaceStatus>, IHasTypeMeta, IValidatable
{
    private const int LabelMax = 63;

    public static string TypeApiVersion => "v1";

    public static string TypeKind => "Namespace";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>Who must finish before it goes.</summary>
    public NamespaceSpec? Spec { get; init; }

    /// <summary>Whether it is there to stay.</summary>
    public NamespaceStatus? Status { get; init; }

    public void Validate(FieldErrors errors)
    {
        // Namespaces are parts of host names, so their names are single labels.
        if (Metadata.Name.Length > LabelMax || Metadata.Name.Contains('.', StringComparison.Ordinal))
        {
            errors.Invalid("metadata.name", $"\"{Metadata.Name}\" must have at most {LabelMax} characters and no dots");
        }

        IReadOnlyList<string> finalizers = Spec?.Finalizers ?? [];
        for (int i = 0; i < finalizers.Count; i++)
        {
            if (finalizers[i] == "kubernetes" || NameRules.HasDomain(finalizers[i])) continue;
            errors.Invalid(
                $"spec.finalizers[{i}]",
                $"\"{finalizers[i]}\" is neither a standard finalizer name nor fully qualified, such as example.com/hold");
        }
    }
}

public sealed record NamespaceSpec
{
    /// <summary>Who must finish before the namespace goes; set through its finalize subresource.</summary>
    [ListSet]
    public IReadOnlyList<string>? Finalizers { get; init; }
}

public sealed record NamespaceStatus
{
    /// <summary>Active, or Terminating while its content goes.</summary>
    public string? Phase { get; init; }

    /// <summary>How the deletion of a namespace goes: what is left in it, and what holds that.</summary>
    [ListMap("type")]
    public IReadOnlyList<NamespaceCondition>? Conditions { get; init; }
}

/// <summary>One aspect of a namespace that goes.</summary>
public sealed record NamespaceCondition
{
    /// <summary>Name of the aspect.</summary>
    public required string Type { get; init; }

    /// <summary>True, False or Unknown.</summary>
    public required ConditionStatus Status { get; init; }

    /// <summary>When the status last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>Stable machine-readable cause in CamelCase.</summary>
    public string? Reason { get; init; }

    /// <summary>What a person should know.</summary>
    public string? Message { get; init; }
}
