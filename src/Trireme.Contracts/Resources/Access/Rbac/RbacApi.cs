namespace Trireme.Contracts.Resources;

/// <summary>Names of Kubernetes' API group for roles and bindings.</summary>
public static class RbacApi
{
    public const string Group = "rbac.authorization.k8s.io";

    public const string Version = Group + "/v1";

    /// <summary>Label of the roles and bindings that the server makes; its only value is <see cref="Defaults"/>.</summary>
    public const string BootstrappingLabel = "kubernetes.io/bootstrapping";

    public const string Defaults = "rbac-defaults";

    /// <summary>Annotation of a default role or binding: "true" has what it lacks put back at each start, "false" leaves it.</summary>
    public const string AutoUpdateAnnotation = "rbac.authorization.kubernetes.io/autoupdate";
}
