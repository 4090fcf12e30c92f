using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.Governance.Authorisation;

/// <summary>
/// The ClusterRoles and ClusterRoleBindings there are from the start: those of Kubernetes that mean something here
/// (k8s.io/kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy), with the kinds of trireme.dev among those of admin, edit and view.
/// </summary>
internal static class DefaultRoles
{
    private const string AggregateTo = "rbac.authorization.k8s.io/aggregate-to-";

    private static readonly string[] OpenPaths = ["/healthz", "/livez", "/readyz", "/version", "/version/"];

    public static IReadOnlyList<IResource> All { get; } = [.. Roles(), .. Bindings()];

    private static IEnumerable<ClusterRole> Roles()
    {
        string[] all = [PolicyRule.All];
        yield return Of("cluster-admin", [
            new PolicyRule { Verbs = all, ApiGroups = all, Resources = all },
            new PolicyRule { Verbs = all, NonResourceURLs = all },
        ]);
        yield return Gathered("admin");
        yield return Gathered("edit");
        yield return Gathered("view");
        yield return Part("system:aggregate-to-admin", "admin", WorkloadRules.Admin);
        yield return Part("system:aggregate-to-edit", "edit", WorkloadRules.Edit);
        yield return Part("system:aggregate-to-view", "view", WorkloadRules.View);
        yield return Part("trireme:aggregate-to-edit", "edit", WorkloadRules.TriremeEdit);
        yield return Part("trireme:aggregate-to-view", "view", WorkloadRules.TriremeView);
        yield return Of("trireme:infer", [WorkloadRules.Infer]);
        yield return Of("system:discovery", [
            Paths("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"),
        ]);
        yield return Of("system:basic-user", [
            Rule(["create"], "authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectrulesreviews"),
            Rule(["create"], "authentication.k8s.io", "selfsubjectreviews"),
        ]);
        yield return Of("system:public-info-viewer", [Paths(OpenPaths)]);
        yield return Of("system:monitoring", [
            Paths("/healthz", "/healthz/*", "/livez", "/livez/*", "/metrics", "/metrics/slis", "/readyz", "/readyz/*"),
        ]);
        yield return Of("system:service-account-issuer-discovery", [
            Paths(
                "/.well-known/openid-configuration", "/.well-known/openid-configuration/", "/openid/v1/jwks", "/openid/v1/jwks/"),
        ]);
        yield return Of("system:auth-delegator", [
            Rule(["create"], "authentication.k8s.io", "tokenreviews"),
            Rule(["create"], "authorization.k8s.io", "subjectaccessreviews"),
        ]);
        yield return Of("system:kube-controller-manager", ControllerManager());
    }

    /// <summary>What Kubernetes' controllers share, for one that is pointed at this server.</summary>
    private static IReadOnlyList<PolicyRule> ControllerManager() =>
    [
        Rule(["create", "patch", "update"], "", "events"),
        Rule(["create", "patch", "update"], "events.k8s.io", "events"),
        Rule(["create"], "coordination.k8s.io", "leases"),
        Rule(["get", "update"], "coordination.k8s.io", "leases") with { ResourceNames = ["kube-controller-manager"] },
        Rule(["create"], "", "secrets", "serviceaccounts"),
        Rule(["delete"], "", "secrets"),
        Rule(["get"], "", "configmaps", "namespaces", "secrets", "serviceaccounts"),
        Rule(["update"], "", "secrets", "serviceaccounts"),
        Rule(["create"], "authentication.k8s.io", "tokenreviews"),
        Rule(["create"], "authorization.k8s.io", "subjectaccessreviews"),
        Rule(["list", "watch"], PolicyRule.All, PolicyRule.All),
        Rule(["create"], "", "serviceaccounts/token"),
    ];

    private static IEnumerable<ClusterRoleBinding> Bindings()
    {
        yield return Bind("cluster-admin", Group(WellKnownGroups.Masters));
        yield return Bind("system:monitoring", Group("system:monitoring"));
        yield return Bind("system:discovery", Group(WellKnownGroups.Authenticated));
        yield return Bind("system:basic-user", Group(WellKnownGroups.Authenticated));
        yield return Bind("system:public-info-viewer", Group(WellKnownGroups.Authenticated), Group(WellKnownGroups.Unauthenticated));
        yield return Bind("system:service-account-issuer-discovery", Group(ServiceAccountNames.Group));
        yield return Bind(
            "system:kube-controller-manager",
            new Subject { Kind = Subject.User, ApiGroup = RbacApi.Group, Name = "system:kube-controller-manager" });
    }

    internal static PolicyRule Rule(IReadOnlyList<string> verbs, string group, params string[] resources) =>
        new() { Verbs = verbs, ApiGroups = [group], Resources = resources };

    private static PolicyRule Paths(params string[] paths) => new() { Verbs = ["get"], NonResourceURLs = paths };

    private static ClusterRole Of(string name, IReadOnlyList<PolicyRule> rules) =>
        new() { Metadata = Metadata(name, []), Rules = rules };

    /// <summary>A role for people, made of all roles with its label: who adds a kind adds a role, and changes none.</summary>
    private static ClusterRole Gathered(string name) => new()
    {
        Metadata = Metadata(name, name switch
        {
            "edit" => new() { [AggregateTo + "admin"] = "true" },
            "view" => new() { [AggregateTo + "edit"] = "true" },
            _ => [],
        }),
        Rules = [],
        AggregationRule = new AggregationRule
        {
            ClusterRoleSelectors =
                [new LabelSelector { MatchLabels = new Dictionary<string, string> { [AggregateTo + name] = "true" } }],
        },
    };

    private static ClusterRole Part(string name, string into, IReadOnlyList<PolicyRule> rules) =>
        new() { Metadata = Metadata(name, new() { [AggregateTo + into] = "true" }), Rules = rules };

    private static ClusterRoleBinding Bind(string role, params Subject[] subjects) => new()
    {
        Metadata = Metadata(role, []),
        RoleRef = new RoleRef { ApiGroup = RbacApi.Group, Kind = ClusterRole.TypeKind, Name = role },
        Subjects = subjects,
    };

    private static Subject Group(string name) => new() { Kind = Subject.Group, ApiGroup = RbacApi.Group, Name = name };

    private static ObjectMeta Metadata(string name, Dictionary<string, string> labels)
    {
        labels[RbacApi.BootstrappingLabel] = RbacApi.Defaults;
        return new ObjectMeta
        {
            Name = name,
            Labels = labels,
            Annotations = new Dictionary<string, string> { [RbacApi.AutoUpdateAnnotation] = "true" },
        };
    }
}
