using Trireme.Contracts.Resources;

namespace Trireme.Contracts.Schema;

/// <summary>All kinds the platform serves, ours and the Kubernetes kinds it needs beside them.</summary>
public static class ResourceCatalog
{
    private static readonly PrinterColumn Age = new("Age", ".metadata.creationTimestamp", "date");

    public static ResourceDefinition Releases { get; } = ResourceDefinition.Of<Release>(
        "releases",
        new("Source", ".spec.source.path"),
        new("Engine", ".spec.engine.name"),
        new("Verified", ".status.conditions[?(@.type==\"Verified\")].status"),
        new("Hash", ".status.shortHash"),
        new("Size", ".status.size"),
        new("Reason", ".status.conditions[?(@.type==\"Verified\")].reason", Priority: 1),
        new("Message", ".status.conditions[?(@.type==\"Verified\")].message", Priority: 1),
        Age) with
    { ShortNames = ["rel"], HasStatus = true, InsteadOfChange = "create another one under a new name" };

    public static ResourceDefinition ModelServices { get; } = ResourceDefinition.Of<ModelService>(
        "modelservices",
        new("Release", ".spec.release"),
        new("Serving", ".status.stableRelease.name"),
        new("Ready", ".status.readyReplicas", "integer"),
        new("Wanted", ".status.wantedReplicas", "integer"),
        new("Rollout", ".status.conditions[?(@.type==\"RolledOut\")].reason"),
        new("Message", ".status.conditions[?(@.type==\"RolledOut\")].message", Priority: 1),
        new("Min", ".spec.scaling.minReplicas", "integer", Priority: 1),
        new("Max", ".spec.scaling.maxReplicas", "integer", Priority: 1),
        new("Scaling", ".status.scaling.reason", Priority: 1),
        Age) with
    {
        ShortNames = ["msvc", "ms"],
        HasStatus = true,
        UsedKinds = [Release.TypeKind],
        Scale = new ScalePaths("spec.replicas", "status.replicas", DecidedBy: "spec.scaling"),
    };

    public static ResourceDefinition ModelReplicas { get; } = ResourceDefinition.Of<ModelReplica>(
        "modelreplicas",
        new("Service", ".spec.service"),
        new("Release", ".spec.release"),
        new("Phase", ".status.phase"),
        new("Restarts", ".status.restarts", "integer"),
        new("Pool", ".status.place.pool", Priority: 1),
        new("Endpoint", ".status.endpoint", Priority: 1),
        new("Message", ".status.conditions[?(@.type==\"Ready\")].message", Priority: 1),
        new("Last Exit", ".status.lastTermination.reason", Priority: 1),
        new("Exit Code", ".status.lastTermination.exitCode", "integer", Priority: 1),
        Age) with
    {
        ShortNames = ["mrep"],
        HasStatus = true,
        UsedKinds = [Release.TypeKind],
        InsteadOfChange = "change the ModelService it belongs to, which puts another one in its place",
    };

    public static ResourceDefinition AcceleratorPools { get; } = ResourceDefinition.Of<AcceleratorPool>(
        "acceleratorpools",
        new("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
        new("Trust", ".spec.trustLevel"),
        new("Capacity", ".status.capacity"),
        new("Used", ".status.used"),
        new("Free", ".status.free"),
        new("Largest Free", ".status.largestFree", Priority: 1),
        new("Stranded", ".status.stranded"),
        new("Replicas", ".status.replicas", "integer"),
        new("Message", ".status.conditions[?(@.type==\"Ready\")].message", Priority: 1),
        Age) with
    { ShortNames = ["pool"], Namespaced = false, HasStatus = true };

    public static ResourceDefinition TenantPolicies { get; } = ResourceDefinition.Of<TenantPolicy>(
        "tenantpolicies",
        new("Replicas", ".status.used.replicas", "integer"),
        new("Limit", ".spec.replicas", "integer"),
        new("Memory", ".status.used.memory"),
        new("Memory Limit", ".spec.memory"),
        new("Cost", ".status.used.costPerMonth", "number"),
        new("Budget", ".spec.budgetPerMonth", "number"),
        new("Within", ".status.conditions[?(@.type==\"WithinLimits\")].status"),
        Age) with
    { ShortNames = ["tenant"], HasStatus = true };

    public static ResourceDefinition FleetRollouts { get; } = ResourceDefinition.Of<FleetRollout>(
        "fleetrollouts",
        new("Phase", ".status.phase"),
        new("Wave", ".status.wave", "integer"),
        new("Services", ".status.total", "integer"),
        new("Moved", ".status.moved", "integer"),
        new("Failed", ".status.failed", "integer"),
        new("Target", ".status.target", Priority: 1),
        new("Message", ".status.conditions[?(@.type==\"Complete\")].message", Priority: 1),
        Age) with
    { ShortNames = ["fr"], HasStatus = true };

    public static ResourceDefinition Namespaces { get; } = ResourceDefinition.Of<Namespace>(
        "namespaces", new("Status", ".status.phase"), Age) with
    { ShortNames = ["ns"], Namespaced = false, HasStatus = true };

    public static ResourceDefinition Secrets { get; } = ResourceDefinition.Of<Secret>("secrets", new("Type", ".type"), Age);

    public static ResourceDefinition ConfigMaps { get; } = ResourceDefinition.Of<ConfigMap>("configmaps", Age) with { ShortNames = ["cm"] };

    public static ResourceDefinition Events { get; } = ResourceDefinition.Of<Event>(
        "events",
        new("Last Seen", ".lastTimestamp", "date"),
        new("Type", ".type"),
        new("Reason", ".reason"),
        new("Object", ".involvedObject.name"),
        new("Message", ".message"),
        new("Name", ".metadata.name", Priority: 1)) with
    { ShortNames = ["ev"] };

    public static ResourceDefinition Leases { get; } = ResourceDefinition.Of<Lease>("leases", new("Holder", ".spec.holderIdentity"), Age);

    public static ResourceDefinition Pods { get; } = ResourceDefinition.Of<Pod>("pods") with { ShortNames = ["po"], HasStatus = true };

    public static ResourceDefinition PriorityClasses { get; } = ResourceDefinition.Of<PodPriorityClass>(
        "priorityclasses",
        new("Value", ".value", "integer"),
        new("Global-Default", ".globalDefault", "boolean"),
        Age,
        new("PreemptionPolicy", ".preemptionPolicy")) with
    { ShortNames = ["pc"], Namespaced = false };

    public static ResourceDefinition ResourceQuotas { get; } = ResourceDefinition.Of<ResourceQuota>("resourcequotas", Age) with
    { ShortNames = ["quota"], HasStatus = true };

    public static ResourceDefinition LimitRanges { get; } = ResourceDefinition.Of<LimitRange>(
        "limitranges", new PrinterColumn("Created At", ".metadata.creationTimestamp")) with
    { ShortNames = ["limits"] };

    public static ResourceDefinition PodDisruptionBudgets { get; } = ResourceDefinition.Of<PodDisruptionBudget>(
        "poddisruptionbudgets",
        new("Min Available", ".spec.minAvailable"),
        new("Max Unavailable", ".spec.maxUnavailable"),
        new("Allowed Disruptions", ".status.disruptionsAllowed", "integer"),
        Age) with
    { ShortNames = ["pdb"], HasStatus = true };

    public static ResourceDefinition Jobs { get; } = ResourceDefinition.Of<Job>(
        "jobs",
        new("Succeeded", ".status.succeeded", "integer"),
        new("Completions", ".spec.completions", "integer"),
        Age) with
    { HasStatus = true };

    public static ResourceDefinition ServiceAccounts { get; } = ResourceDefinition.Of<ServiceAccount>("serviceaccounts", Age) with
    { ShortNames = ["sa"] };

    public static ResourceDefinition Roles { get; } = ResourceDefinition.Of<Role>("roles", Age) with { HasPathNames = true };

    public static ResourceDefinition ClusterRoles { get; } = ResourceDefinition.Of<ClusterRole>("clusterroles", Age) with
    { Namespaced = false, HasPathNames = true };

    public static ResourceDefinition RoleBindings { get; } = ResourceDefinition.Of<RoleBinding>(
        "rolebindings", new("Role", ".roleRef.name"), Age) with
    { HasPathNames = true };

    public static ResourceDefinition ClusterRoleBindings { get; } = ResourceDefinition.Of<ClusterRoleBinding>(
        "clusterrolebindings", new("Role", ".roleRef.name"), Age) with
    { Namespaced = false, HasPathNames = true };

    /// <summary>The kinds that say who may do what; an API server without rules serves none of them.</summary>
    public static IReadOnlyList<ResourceDefinition> Access { get; } =
        [ServiceAccounts, Roles, ClusterRoles, RoleBindings, ClusterRoleBindings];

    /// <summary>
    /// Kubernetes' kinds that this platform needs none of and serves to those who bring their own programs: Pods with what limits and
    /// protects them.
    /// </summary>
    public static IReadOnlyList<ResourceDefinition> Workloads { get; } =
        [Pods, PriorityClasses, ResourceQuotas, LimitRanges, PodDisruptionBudgets, Jobs];

    /// <summary>The kinds of the trireme.dev group, for which CRDs are generated.</summary>
    public static IReadOnlyList<ResourceDefinition> Trireme { get; } =
        [Releases, ModelServices, ModelReplicas, AcceleratorPools, TenantPolicies, FleetRollouts];

    /// <summary>
    /// The kinds that the platform itself works with; the embedded API server serves <see cref="Workloads"/> beside them.
    /// </summary>
    public static IReadOnlyList<ResourceDefinition> All { get; } =
        [.. Trireme, Namespaces, Secrets, ConfigMaps, Events, Leases, .. Access];

    public static ResourceDefinition Of<T>()
        where T : IResource =>
        All.FirstOrDefault(definition => definition.ClrType == typeof(T))
        ?? throw new ArgumentException($"{typeof(T).Name} is not in the resource catalog.");

    /// <summary>Finds a kind as users name it: kind, plural, singular or short name, in any case.</summary>
    public static ResourceDefinition? Find(string name) => All.FirstOrDefault(definition => definition.IsNamed(name));

    public static ResourceDefinition? Find(string apiVersion, string kind) =>
        All.FirstOrDefault(definition => definition.ApiVersion == apiVersion && definition.Kind == kind);
}
