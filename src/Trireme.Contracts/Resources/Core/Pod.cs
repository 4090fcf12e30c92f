using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>
/// Containers that run together. Pods that clients make are stored, and wait for whoever binds them to a machine; the Pods that show what
/// runs this machine's replicas have the fields that a process has, are read and deleted, and never written.
/// </summary>
public sealed record Pod : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => "v1";

    public static string TypeKind => "Pod";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>What runs in it, and how.</summary>
    public PodSpec? Spec { get; init; }

    /// <summary>What it does.</summary>
    public PodStatus? Status { get; init; }

    public void Validate(FieldErrors errors)
    {
        if (Spec is null) errors.Missing("spec");
        else PodRules.Validate(Spec, "spec", errors);
        if (Status is not null) PodRules.Validate(Status, errors);
    }
}
