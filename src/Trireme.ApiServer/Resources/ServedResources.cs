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

    public ServedResources(
        IReadOnlyList<ResourceDefinition> definitions,
        IEnumerable<IVirtualKind>? virtualKinds = null,
        IEnumerable<IProjectedKind>? projectedKinds = null)
    {
        ServedResource[] stored = [.. definitions.Select(definition => new ServedResource(definition))];
        _byName = stored.ToDictionary(resource => resource.QualifiedPlural);
        IEnumerable<ServedResource> projected = (projectedKinds ?? []).Select(kind =>
            new ServedResource(kind.Definition, projection: new Projection(kind, _byName[kind.Source])));
        All = [.. stored, .. projected, .. (virtualKinds ?? []).Select(kind => new ServedResource(kind.Definition, kind))];
        _byPath = All.ToDictionary(resource => (resource.Definition.Group, resource.Definition.Version, resource.Definition.Plural));
        if (!_byName.ContainsKey(Namespaces)) throw new ArgumentException("The served kinds must include Namespace.", nameof(definitions));
    }

    /// <summary>The stored kinds, then the projected and the virtual ones.</summary>
    public IReadOnlyList<ServedResource> All { get; }

    public ServedResource Namespace => _byName[Namespaces];

    /// <summary>Finds a stored kind by its name in the store.</summary>
    public ServedResource? Find(string qualifiedPlural) => _byName.GetValueOrDefault(qualifiedPlural);

    public ServedResource? Find(string group, string version, string plural) => _byPath.GetValueOrDefault((group, version, plural));

    /// <summary>Finds a stored kind as references name it; null where no such kind is served.</summary>
    public ServedResource? FindKind(string apiVersion, string kind) =>
        _byName.Values.FirstOrDefault(resource => resource.Definition.Kind == kind && resource.Definition.ApiVersion == apiVersion);

    /// <summary>All group versions in catalog order; the core group's name is empty.</summary>
    public IEnumerable<(string Group, string Version)> GroupVersions() =>
        All.Select(resource => (resource.Definition.Group, resource.Definition.Version)).Distinct();

    public IEnumerable<ServedResource> In(string group, string version) =>
        All.Where(resource => resource.Definition.Group == group && resource.Definition.Version == version);
}
