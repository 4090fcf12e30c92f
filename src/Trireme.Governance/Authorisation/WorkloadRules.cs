using Trireme.Contracts.Resources;

namespace Trireme.Governance.Authorisation;

/// <summary>
/// What those may who see, run and administer the things of a namespace. Kinds that this server does not serve are among them, as on any
/// cluster: a rule about them gives nothing, and what adds such a kind finds its rules there.
/// </summary>
internal static class WorkloadRules
{
    private static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Write = ["create", "delete", "deletecollection", "patch", "update"];
    private static readonly string[] Everything = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>Seeing all but Secrets and what gives access to others.</summary>
    public static IReadOnlyList<PolicyRule> View { get; } =
    [
        Of(
            Read, "", "configmaps", "endpoints", "persistentvolumeclaims", "persistentvolumeclaims/status", "pods",
            "replicationcontrollers", "replicationcontrollers/scale", "serviceaccounts", "services", "services/status"),
        Of(
            Read, "", "bindings", "events", "limitranges", "namespaces/status", "pods/log", "pods/status", "replicationcontrollers/status",
            "resourcequotas", "resourcequotas/status"),
        Of(Read, "", "namespaces"),
        Of(Read, "events.k8s.io", "events"),
        Of(Read, "discovery.k8s.io", "endpointslices"),
        Of(
            Read, "apps", "controllerrevisions", "daemonsets", "daemonsets/status", "deployments", "deployments/scale",
            "deployments/status", "replicasets", "replicasets/scale",
            "replicasets/status", "statefulsets", "statefulsets/scale", "statefulsets/status"),
        Of(Read, "autoscaling", "horizontalpodautoscalers", "horizontalpodautoscalers/status"),
        Of(Read, "batch", "cronjobs", "cronjobs/status", "jobs", "jobs/status"),
        Of(Read, "policy", "poddisruptionbudgets", "poddisruptionbudgets/status"),
        Of(Read, "networking.k8s.io", "ingresses", "ingresses/status", "networkpolicies"),
    ];

    /// <summary>Running things, with their Secrets, and acting as service accounts.</summary>
    public static IReadOnlyList<PolicyRule> Edit { get; } =
    [
        Of(Read, "", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"),
        Of(["impersonate"], "", "serviceaccounts"),
        Of(Write, "", "pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"),
        Of(["create"], "", "pods/eviction"),
        Of(
            Write, "", "configmaps", "events", "persistentvolumeclaims", "replicationcontrollers", "replicationcontrollers/scale",
            "secrets", "serviceaccounts", "services", "services/proxy"),
        Of(["create"], "", "serviceaccounts/token"),
        Of(
            Write, "apps", "daemonsets", "deployments", "deployments/rollback", "deployments/scale", "replicasets", "replicasets/scale",
            "statefulsets", "statefulsets/scale"),
        Of(Write, "autoscaling", "horizontalpodautoscalers"),
        Of(Write, "batch", "cronjobs", "jobs"),
        Of(Write, "policy", "poddisruptionbudgets"),
        Of(Write, "networking.k8s.io", "ingresses", "networkpolicies"),
        Of(Everything, "coordination.k8s.io", "leases"),
    ];

    /// <summary>Giving roles of the namespace to others, as far as one has them.</summary>
    public static IReadOnlyList<PolicyRule> Admin { get; } =
    [
        Of(["create"], "authorization.k8s.io", "localsubjectaccessreviews"),
        Of(Everything, RbacApi.Group, "rolebindings", "roles"),
    ];

    public static IReadOnlyList<PolicyRule> TriremeView { get; } =
    [
        Of(
            Read, TriremeApi.Group, "fleetrollouts", "fleetrollouts/status", "modelreplicas", "modelreplicas/status", "modelservices",
            "modelservices/scale", "modelservices/status", "releases", "releases/status", "tenantpolicies", "tenantpolicies/status"),
    ];

    /// <summary>Using the models of a namespace.</summary>
    public static PolicyRule Infer { get; } = Of(["infer"], TriremeApi.Group, "modelservices");

    public static IReadOnlyList<PolicyRule> TriremeEdit { get; } =
    [
        Infer,
        Of(Write, TriremeApi.Group, "fleetrollouts", "modelreplicas", "modelservices", "modelservices/scale", "releases"),
    ];

    private static PolicyRule Of(IReadOnlyList<string> verbs, string group, params string[] resources) =>
        DefaultRoles.Rule(verbs, group, resources);
}
