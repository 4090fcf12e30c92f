using Trireme.ApiServer.CustomKinds;
using Trireme.ApiServer.Definitions;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Reviews;
using Trireme.ApiServer.ServiceAccounts;
using Trireme.ApiServer.Tables;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Resources;

/// <summary>One kind as this server serves it: its definition and what is derived from it once.</summary>
internal sealed class ServedResource
{
    private const string Leases = "leases.coordination.k8s.io";
    private const string Events = "events";

    private static readonly string[] StoredVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] VirtualVerbs = ["create"];
    private static readonly string[] ProjectedVerbs = ["delete", "get", "list", "watch"];
    private static readonly string[] OwnCategories = ["trireme"];
    private static readonly string[] SubresourceVerbs = ["get", "patch", "update"];
    private static readonly string[] FinalizeVerbs = ["update"];

    /// <summary>Kubernetes' kinds with a spec whose changes are counted.</summary>
    private static readonly Type[] Counted = [typeof(Pod), typeof(PodDisruptionBudget), typeof(Job)];

    private bool _isTerminating;

    public ServedResource(
        ResourceDefinition definition, IVirtualKind? virtualKind = null, Projection? projection = null, IFixedKind? fixedKind = null)
    {
        Definition = definition;
        Virtual = virtualKind;
        Projection = projection;
        Custom = projection?.Kind as CustomVersion;
        QualifiedPlural = Qualify(definition.Plural, definition.Group);
        QualifiedKind = Qualify(definition.Kind, definition.Group);
        IsWorkload = ResourceCatalog.Workloads.Contains(definition);
        HasSpec = definition.Schema.Properties?.ContainsKey("spec") == true;
        Columns = projection?.Kind.Columns ?? fixedKind?.Columns ?? KindColumns.Of(QualifiedPlural, definition);
        NameLeads = !Columns.Any(static column => column.IsName);
        bool isNamespace = QualifiedPlural == ServedResources.Namespaces;
        Verbs = virtualKind is not null ? VirtualVerbs
            : projection is { Kind.IsWritten: false } ? ProjectedVerbs
            : isNamespace ? [.. StoredVerbs.Except(["deletecollection"])]
            : StoredVerbs;
        Subresources = projection?.Kind.Subresources ?? [.. SubresourcesOf(definition)];
        bool isOwn = ResourceCatalog.Trireme.Any(own => own.Group == definition.Group);
        Categories = projection?.Kind.Categories ?? (isOwn ? OwnCategories : WorkloadKinds.CategoriesOf(definition));
        Fixed = fixedKind is null ? null : new FixedObjects(fixedKind, this);
    }

    public ResourceDefinition Definition { get; }

    /// <summary>Name in messages and in the store: "modelservices.trireme.dev", or "secrets" in the core group.</summary>
    public string QualifiedPlural { get; }

    /// <summary>Name in metrics. Clients make and delete kinds of their own, and series stay: these share one.</summary>
    public string MetricName => Custom is null ? QualifiedPlural : "customresources";

    /// <summary>Kind in messages: "ModelService.trireme.dev", or "Secret" in the core group.</summary>
    public string QualifiedKind { get; }

    public bool HasSpec { get; }

    /// <summary>What answers creations of a kind whose objects are never stored; null for those that are.</summary>
    public IVirtualKind? Virtual { get; }

    /// <summary>What its objects are made of, for a kind whose objects are other forms of another's; null for the others.</summary>
    public Projection? Projection { get; }

    /// <summary>What a kind is that clients have defined, in one of its versions; null for the kinds that come with the server.</summary>
    public CustomVersion? Custom { get; }

    /// <summary>
    /// What a stored kind shows beside its own objects: other forms of another kind's. Both share their names in each namespace. Null for
    /// the others.
    /// </summary>
    public Projection? Overlay { get; private set; }

    /// <summary>The kind with which this one shares its names; null for the others.</summary>
    public ServedResource? Namesake { get; private set; }

    /// <summary>True for the kinds of those who bring their own programs, which have rules of their own.</summary>
    public bool IsWorkload { get; }

    /// <summary>The objects that come with the server, of a kind that has some; null for the others.</summary>
    public FixedObjects? Fixed { get; }

    /// <summary>What to do instead of writing it, as the end of a sentence; null for a kind that is written.</summary>
    public string? InsteadOfWriting => Projection?.Kind.InsteadOfWriting;

    /// <summary>True once the definition of a kind is being deleted: the store takes no new objects of it from then on.</summary>
    public bool IsTerminating
    {
        get => Volatile.Read(ref _isTerminating);
        set => Volatile.Write(ref _isTerminating, value);
    }

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

    /// <summary>True for kinds that a cluster knows by their CRDs alone, for which some of its rules differ.</summary>
    public bool IsCustom => Custom is not null
        || (!IsWorkload && Definition.Group.Length > 0 && !Definition.Group.EndsWith(".k8s.io", StringComparison.Ordinal));

    /// <summary>
    /// True for kinds that may be replaced without naming a version: Kubernetes' own but for definitions, and for leases, which are won by
    /// naming it.
    /// </summary>
    public bool AllowsUnconditionalUpdate => !IsCustom && QualifiedPlural is not (Leases or DefinitionKind.QualifiedPlural);

    /// <summary>True for kinds whose objects are made by a PUT as well, where they are not there.</summary>
    public bool AllowsCreationByUpdate => (Definition.Plural == Events && !IsCustom) || QualifiedPlural == Leases;

    /// <summary>True for kinds that count the changes of what is wanted; few of Kubernetes' own do.</summary>
    public bool HasGeneration => Custom is not null || (HasSpec && (IsCustom || CountsChanges));

    public override string ToString() => QualifiedPlural;

    /// <summary>Has the kind show other forms of another kind's objects among its own.</summary>
    public void ShowAlso(Projection overlay)
    {
        Overlay = overlay;
        Namesake = overlay.Source;
        overlay.Source.Namesake = this;
    }

    public Subresource? FindSubresource(string name) => Subresources.FirstOrDefault(subresource => subresource.Name == name);

    /// <summary>The parts and views that a kind has by its definition.</summary>
    public static IEnumerable<Subresource> SubresourcesOf(ResourceDefinition definition)
    {
        if (definition is { Group: "", Plural: ServedResources.Namespaces })
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
            yield return Subresource.Of(ApiRequest.ScaleSubresource, ScaleView.Definition, SubresourceVerbs);
        }

        foreach (Subresource part in WorkloadKinds.SubresourcesOf(definition)) yield return part;
        if (definition.ClrType == typeof(ServiceAccount))
        {
            yield return Subresource.Of(TokenRequestOperation.Subresource, TokenRequestOperation.Definition, VirtualVerbs);
        }
    }

    private bool CountsChanges => QualifiedPlural == DefinitionKind.QualifiedPlural || Counted.Contains(Definition.ClrType);

    private static string Qualify(string name, string group) => group.Length == 0 ? name : $"{name}.{group}";
}
