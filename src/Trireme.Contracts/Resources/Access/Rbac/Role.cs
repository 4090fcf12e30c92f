using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Permissions within one namespace, which bindings give to users, groups and service accounts.</summary>
public sealed record Role : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => RbacApi.Version;

    public static string TypeKind => "Role";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>What the role gives.</summary>
    public IReadOnlyList<PolicyRule>? Rules { get; init; }

    public void Validate(FieldErrors errors) => RbacRules.ValidateRules(Rules, namespaced: true, errors);
}
