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
        new("Reason", ".status.conditions[?(@.type==\"Verified\")].reason", Priority: 1),
        Age) with
    { ShortNames = ["rel"], HasStatus = true, InsteadOfChange = "create another one under a new name" };

    public static ResourceDefinition ModelServices { get; } = ResourceDefinition.Of<ModelService>(
        "modelservices",
        new("Release", ".spec.release"),
        new("Serving", ".status.stableRelease.name"),
        new("Ready", ".status.readyReplicas", "integer"),
        new("Wanted", ".spec.replicas", "integer"),
        new("Rollout", ".status.conditions[?(@.type==\"RolledOut\")].reason"),
        new("Message", ".status.conditions[?(@.type==\"RolledOut\")].message", Priority: 1),
        Age) with
    {
        ShortNames = ["msvc", "ms"],
        HasStatus = true,
        UsedKinds = [Release.TypeKind],
        Scale = new ScalePaths("spec.replicas", "status.replicas"),
    };

    public static ResourceDefinition ModelReplicas { get; } = ResourceDefinition.Of<ModelReplica>(
        "modelreplicas",
        new("Service", ".spec.service"),
        new("Release", ".spec.release"),
        new("Phase", ".status.phase"),
        new("Restarts", ".status.restarts", "integer"),
        new("Endpoint", ".status.endpoint", Priority: 1),
        new("Message", ".status.conditions[?(@.type==\"Ready\")].message", Priority: 1),
        Age) with
    {
        ShortNames = ["mrep"],
        HasStatus = true,
        UsedKinds = [Release.TypeKind],
        InsteadOfChange = "change the ModelService it belongs to, which puts another one in its place",
    };

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

    /// <summary>The kinds of the trireme.dev group, for which CRDs are generated.</summary>
    public static IReadOnlyList<ResourceDefinition> Trireme { get; } = [Releases, ModelServices, ModelReplicas];

    /// <summary>Every kind the embedded API server serves.</summary>
    public static IReadOnlyList<ResourceDefinition> All { get; } = [.. Trireme, Namespaces, Secrets, ConfigMaps, Events, Leases];

    public static ResourceDefinition Of<T>()
        where T : IResource =>
        All.FirstOrDefault(definition => definition.ClrType == typeof(T))
        ?? throw new ArgumentException($"{typeof(T).Name} is not in the resource catalog.");

    /// <summary>Finds a kind as users name it: kind, plural, singular or short name, in any case.</summary>
    public static ResourceDefinition? Find(string name) => All.FirstOrDefault(definition =>
        definition.Kind.Equals(name, StringComparison.OrdinalIgnoreCase)
        || definition.Plural.Equals(name, StringComparison.OrdinalIgnoreCase)
        || definition.ShortNames.Contains(name, StringComparer.OrdinalIgnoreCase));

    public static ResourceDefinition? Find(string apiVersion, string kind) =>
        All.FirstOrDefault(definition => definition.ApiVersion == apiVersion && definition.Kind == kind);
}
