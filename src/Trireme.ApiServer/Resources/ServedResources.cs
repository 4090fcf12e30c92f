using Trireme.ApiServer.CustomKinds;
using Trireme.ApiServer.Definitions;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Reviews;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Resources;

/// <summary>The kinds this server serves, by their place in URLs.</summary>
internal sealed class ServedResources
{
    /// <summary>Qualified name of the kind whose objects hold all namespaced ones.</summary>
    public const string Namespaces = "namespaces";

    private readonly Dictionary<string, ServedResource> _byName;
    private readonly Dictionary<(string Group, string Version, string Plural), ServedResource> _byPath;
    private CustomKindSet _custom = CustomKindSet.Empty;

    public ServedResources(
        IReadOnlyList<ResourceDefinition> definitions,
        IEnumerable<IVirtualKind>? virtualKinds = null,
        IEnumerable<IProjectedKind>? projectedKinds = null,
        IEnumerable<IFixedKind>? fixedKinds = null)
    {
        ServedResource[] withFixed = [.. (fixedKinds ?? []).Select(kind => new ServedResource(kind.Definition, fixedKind: kind))];
        ServedResource[] stored = [.. definitions.Select(definition => new ServedResource(definition)), .. withFixed];
        _byName = stored.ToDictionary(resource => resource.QualifiedPlural);
        IProjectedKind[] forms = [.. (projectedKinds ?? []).Where(kind => _byName.ContainsKey(kind.Source))];
        foreach (IProjectedKind form in forms)
        {
            if (StoredAs(form) is { } shown) shown.ShowAlso(new Projection(form, _byName[form.Source]));
        }

        IEnumerable<ServedResource> projected = forms
            .Where(kind => StoredAs(kind) is null)
            .Select(kind => new ServedResource(kind.Definition, projection: new Projection(kind, _byName[kind.Source])));
        BuiltIn =
        [
            .. stored.Except(withFixed),
            .. projected,
            .. (virtualKinds ?? []).Select(kind => new ServedResource(kind.Definition, kind)),
            .. withFixed,
        ];
        _byPath = BuiltIn.ToDictionary(resource => (resource.Definition.Group, resource.Definition.Version, resource.Definition.Plural));
        if (!_byName.ContainsKey(Namespaces)) throw new ArgumentException("The served kinds must include Namespace.", nameof(definitions));
    }

    /// <summary>
    /// The kinds that come with the server: the stored ones, then the projected, the virtual and those with fixed objects.
    /// </summary>
    public IReadOnlyList<ServedResource> BuiltIn { get; }

    /// <summary>The kinds that clients have defined. It is exchanged whole, by the one who follows their definitions.</summary>
    public CustomKindSet Custom
    {
        get => Volatile.Read(ref _custom);
        set => Volatile.Write(ref _custom, value);
    }

    /// <summary>All kinds, those of the server first.</summary>
    public IEnumerable<ServedResource> All => BuiltIn.Concat(Custom.Served);

    public ServedResource Namespace => _byName[Namespaces];

    /// <summary>The kind of definitions; null for a server that takes none.</summary>
    public ServedResource? Definitions => _byName.GetValueOrDefault(DefinitionKind.QualifiedPlural);

    /// <summary>Finds a stored kind by its name in the store.</summary>
    public ServedResource? Find(string qualifiedPlural) =>
        _byName.GetValueOrDefault(qualifiedPlural) ?? Custom.Find(qualifiedPlural)?.Storage;

    public ServedResource? Find(string group, string version, string plural) =>
        _byPath.GetValueOrDefault((group, version, plural)) ?? Custom.Find(group, version, plural);

    /// <summary>Finds a stored kind as references name it; null where no such kind is served.</summary>
    public ServedResource? FindKind(string apiVersion, string kind) =>
        _byName.Values.FirstOrDefault(resource => resource.Definition.Kind == kind && resource.Definition.ApiVersion == apiVersion)
        ?? Custom.FindKind(apiVersion, kind);

    /// <summary>The stored kind that a projected one is a part of; null where the projected kind stands alone.</summary>
    private ServedResource? StoredAs(IProjectedKind form) => _byName.Values.FirstOrDefault(stored =>
        stored.Definition.Kind == form.Definition.Kind && stored.Definition.ApiVersion == form.Definition.ApiVersion);

    /// <summary>All group versions in catalog order, then those of custom kinds; the core group's name is empty.</summary>
    public IEnumerable<(string Group, string Version)> GroupVersions() =>
        All.Select(resource => (resource.Definition.Group, resource.Definition.Version)).Distinct();

    public IEnumerable<ServedResource> In(string group, string version) =>
        All.Where(resource => resource.Definition.Group == group && resource.Definition.Version == version);
}
