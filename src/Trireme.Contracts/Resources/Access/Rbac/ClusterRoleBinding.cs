using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Gives a ClusterRole to subjects in all namespaces and outside of them.</summary>
public sealed record ClusterRoleBinding : IRoleBinding, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => RbacApi.Version;

    public static string TypeKind => "ClusterRoleBinding";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>Who gets it.</summary>
    public IReadOnlyList<Subject>? Subjects { get; init; }

    /// <summary>A ClusterRole; never changes.</summary>
    public RoleRef? RoleRef { get; init; }

    public void Validate(FieldErrors errors) =>
        RbacRules.ValidateBinding(RoleRef, Subjects, [ClusterRole.TypeKind], namespaced: false, errors);
}
