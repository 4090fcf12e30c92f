namespace Trireme.Contracts.Resources;

/// <summary>The role that a binding gives. It never changes: another role is another binding.</summary>
public sealed record RoleRef
{
    /// <summary>rbac.authorization.k8s.io; set by the server where it is absent.</summary>
    public string? ApiGroup { get; init; }

    /// <summary>ClusterRole, or in a RoleBinding also Role.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Name of the role.</summary>
    public string Name { get; init; } = "";
}
