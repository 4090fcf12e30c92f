namespace Trireme.Contracts.Resources;

/// <summary>Whom a binding gives a role.</summary>
public sealed record Subject
{
    public const string User = "User";
    public const string Group = "Group";
    public const string ServiceAccount = "ServiceAccount";

    /// <summary>User, Group or ServiceAccount.</summary>
    public string Kind { get; init; } = "";

    /// <summary>rbac.authorization.k8s.io for users and groups, empty for service accounts; set by the server where it is absent.</summary>
    public string? ApiGroup { get; init; }

    /// <summary>Name of the user, the group or the service account.</summary>
    public string Name { get; init; } = "";

    /// <summary>Namespace of a service account; in a RoleBinding, that of the binding where it is absent.</summary>
    public string? Namespace { get; init; }
}
