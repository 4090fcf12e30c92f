using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Reviews;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Resources;

/// <summary>One kind as this server serves it: its definition and what is derived from it once.</summary>
internal sealed class ServedResource
{
    private static readonly string[] StoredVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] VirtualVerbs = ["create"];
    private static readonly string[] ProjectedVerbs = ["delete", "get", "list", "watch"];
    private static readonly string[] OwnCategories = ["trireme"];
    private static readonly string[] SubresourceVerbs = ["get", "patch", "update"];
    private static readonly string[] FinalizeVerbs = ["update"];

    public ServedResource(ResourceDefinition definition, IVirtualKind? virtualKind = null, Projection? projection = null)
    {
        Definition = definition;
        Virtual = virtualKind;
        Projection = projection;
        QualifiedPlural = Qualify(definition.Plural, definition.Group);
        QualifiedKind = Qualify(definition.Kind, definition.Group);
        HasSpec = definition.Schema.Properties?.ContainsKey("spec") == true;
        Columns = projection?.Kind.Columns ?? [.. definition.Columns.Select(column => new TableColumn(column))];
        NameLeads = !definition.Columns.Any(static column => column.JsonPath == ".metadata.name");
        bool isNamespace = QualifiedPlural == ServedResources.Namespaces;
        Verbs = virtualKind is not null ? VirtualVerbs
            : projection is not null ? ProjectedVerbs
            : isNamespace ? [.. StoredVerbs.Except(["deletecollection"])]
            : StoredVerbs;
        Subresources = projection?.Kind.Subresources ?? [.. SubresourcesOf(definition, isNamespace)];
        bool isOwn = ResourceCatalog.Trireme.Any(own => own.Group == definition.Group);
        Categories = projection?.Kind.Categories ?? (isOwn ? OwnCategories : []);
    }

    public ResourceDefinition Definition { get; }

    /// <summary>Name in messages and in the store: "modelservices.trireme.dev", or "secrets" in the core group.</summary>
    public string QualifiedPlural { get; }

    /// <summary>Kind in messages: "ModelService.trireme.dev", or "Secret" in the core group.</summary>
    public string QualifiedKind { get; }

    public bool HasSpec { get; }

    /// <summary>What answers creations of a kind whose objects are never stored; null for those that are.</summary>
    public IVirtualKind? Virtual { get; }

    /// <summary>What its objects are made of, for a kind whose objects are other forms of another's; null for the others.</summary>
    public Projection? Projection { get; }

    /// <summary>
    /// What can be done with its objects. Namespaces are deleted one by one: all of them at once is never what was meant.
    /// </summary>
    public IReadOnlyList<string> Verbs { get; }

    public IReadOnlyList<Subresource> Subresources { get; }

    public IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>Names under which clients ask for several kinds at once, such as "all".</summary>
    public IReadOnlyList<string> Categories { get; }

    /// <summary>False if the columns give the name a place of their own: that of an event tells nobody anything.</summary>
    public bool NameLeads { get; }

    /// <summary>
    /// True for Kubernetes' own kinds, which may be replaced without naming a version. Custom resources always must name
    /// the version they were read at, here as there.
    /// </summary>
    public bool AllowsUnconditionalUpdate =>
        Definition.Group.Length == 0 || Definition.Group.EndsWith(".k8s.io", StringComparison.Ordinal);

    public override string ToString() => QualifiedPlural;

    public Subresource? FindSubresource(string name) => Subresources.FirstOrDefault(subresource => subresource.Name == name);

    private static IEnumerable<Subresource> SubresourcesOf(ResourceDefinition definition, bool isNamespace)
    {
        if (isNamespace)
        {
            yield return new Subresource(
                ApiRequest.FinalizeSubresource, definition.Group, definition.Version, definition.Kind, FinalizeVerbs);
        }

        if (definition.HasStatus)
        {
            yield return new Subresource(
                ApiRequest.StatusSubresource, definition.Group, definition.Version, definition.Kind, SubresourceVerbs);
        }

        if (definition.Scale is not null)
        {
            ResourceDefinition scale = ScaleView.Definition;
            yield return new Subresource(ApiRequest.ScaleSubresource, scale.Group, scale.Version, scale.Kind, SubresourceVerbs);
        }
    }

    private static string Qualify(string name, string group) => group.Length == 0 ? name : $"{name}.{group}";
}
