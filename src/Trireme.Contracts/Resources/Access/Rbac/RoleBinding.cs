using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Gives a role to subjects within the binding's namespace.</summary>
public sealed record RoleBinding : IRoleBinding, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => RbacApi.Version;

    public static string TypeKind => "RoleBinding";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>Who gets it.</summary>
    public IReadOnlyList<Subject>? Subjects { get; init; }

    /// <summary>A Role of this namespace, or a ClusterRole; never changes.</summary>
    public RoleRef? RoleRef { get; init; }

    public void Validate(FieldErrors errors) =>
        RbacRules.ValidateBinding(RoleRef, Subjects, [Role.TypeKind, ClusterRole.TypeKind], namespaced: true, errors);
}
