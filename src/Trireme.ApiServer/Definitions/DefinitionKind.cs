using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Definitions;

/// <summary>
/// apiextensions.k8s.io/v1 CustomResourceDefinition: the custom kinds that are served. Those of the program are there from the start, as a
/// cluster has them after <c>trireme manifests crds</c>, and stay as they are; others are made by clients.
/// </summary>
internal sealed class DefinitionKind : IFixedKind
{
    /// <summary>The name of the kind in the store.</summary>
    public const string QualifiedPlural = "customresourcedefinitions.apiextensions.k8s.io";

    public DefinitionKind(ApiServerOptions options)
    {
        string now = ResourceDocument.Timestamp(options.Time.GetUtcNow());
        Objects =
        [
            .. options.Definitions
                .Where(static definition => ResourceCatalog.Trireme.Contains(definition))
                .Select(definition => Established(CustomResourceDefinition.For(definition), definition.Version, now))
                .OrderBy(static document => document.Name(), StringComparer.Ordinal),
        ];
    }

    public ResourceDefinition Definition { get; } = ResourceDefinition.Of<ServedDefinition>("customresourcedefinitions") with
    {
        Namespaced = false,
        HasStatus = true,
        ShortNames = ["crd", "crds"],
    };

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        new(new PrinterColumn("Scope", ".spec.scope")),
        new(new PrinterColumn("Versions", ".spec.versions[0].name")),
        new(new PrinterColumn("Created At", ".metadata.creationTimestamp")),
        new(new PrinterColumn("Group", ".spec.group", Priority: 1)),
        new(new PrinterColumn("Kind", ".spec.names.kind", Priority: 1)),
        new(new PrinterColumn("Established", ".status.conditions[?(@.type==\"Established\")].status", Priority: 1)),
    ];

    public string InsteadOfWriting =>
        "this kind comes with the program and its definition is not written; on a cluster, install those of trireme manifests crds";

    public IReadOnlyList<JsonObject> Objects { get; }

    private static JsonObject Established(JsonObject definition, string version, string now)
    {
        JsonObject metadata = definition.Metadata();
        metadata["uid"] = DerivedUid.Of("definition/" + definition.Name());
        metadata["resourceVersion"] = "1";
        metadata["generation"] = 1;
        metadata["creationTimestamp"] = now;
        definition["spec"]!["conversion"] = new JsonObject { ["strategy"] = "None" };
        definition["status"] = new JsonObject
        {
            ["acceptedNames"] = definition["spec"]!["names"]!.DeepClone(),
            ["conditions"] = new JsonArray(
                True("NamesAccepted", "NoConflicts", "no conflicts found", now),
                True("Established", "InitialNamesAccepted", "the initial names have been accepted", now)),
            ["storedVersions"] = new JsonArray(version),
        };
        return definition;
    }

    private static JsonObject True(string type, string reason, string message, string now) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["lastTransitionTime"] = now,
        ["reason"] = reason,
        ["message"] = message,
    };
}
