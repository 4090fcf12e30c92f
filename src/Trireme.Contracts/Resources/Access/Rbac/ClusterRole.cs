using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Permissions that a ClusterRoleBinding gives everywhere and a RoleBinding within its namespace.</summary>
public sealed record ClusterRole : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => RbacApi.Version;

    public static string TypeKind => "ClusterRole";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>What the role gives. The server writes it where there is an aggregationRule.</summary>
    public IReadOnlyList<PolicyRule>? Rules { get; init; }

    /// <summary>Other ClusterRoles whose rules this one gathers.</summary>
    public AggregationRule? AggregationRule { get; init; }

    public void Validate(FieldErrors errors)
    {
        RbacRules.ValidateRules(Rules, namespaced: false, errors);
        if (AggregationRule is null) return;
        const string Field = "aggregationRule.clusterRoleSelectors";
        IReadOnlyList<LabelSelector> selectors = AggregationRule.ClusterRoleSelectors ?? [];
        if (selectors.Count == 0)
        {
            errors.Required(Field, "Required value: at least one clusterRoleSelector required if aggregationRule is non-nil");
        }

        for (int i = 0; i < selectors.Count; i++) selectors[i].Validate($"{Field}[{i}]", errors);
    }
}

/// <summary>Which ClusterRoles a ClusterRole is made of.</summary>
public sealed record AggregationRule
{
    /// <summary>By their labels: the rules of every role that one of these takes are gathered.</summary>
    public IReadOnlyList<LabelSelector>? ClusterRoleSelectors { get; init; }
}
