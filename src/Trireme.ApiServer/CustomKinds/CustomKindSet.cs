using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.CustomKinds;

/// <summary>All kinds that clients have defined, as they are at one time. A change makes another set.</summary>
internal sealed class CustomKindSet
{
    private readonly SortedDictionary<string, CustomKind> _kinds;
    private readonly Dictionary<(string Group, string Version, string Plural), ServedResource> _byPath = [];

    private CustomKindSet(SortedDictionary<string, CustomKind> kinds)
    {
        _kinds = kinds;
        Served =
        [
            .. kinds.Values.SelectMany(static kind => kind.Served)
                .OrderBy(static resource => resource.Definition.Group, StringComparer.Ordinal)
                .ThenBy(static resource => resource.Definition.Version, VersionOrder.Comparer),
        ];
        foreach (ServedResource resource in Served)
        {
            _byPath[(resource.Definition.Group, resource.Definition.Version, resource.Definition.Plural)] = resource;
        }

        Bytes = kinds.Values.Sum(static kind => (long)kind.Stored.Json.Length);
    }

    public static CustomKindSet Empty { get; } = new(new SortedDictionary<string, CustomKind>(StringComparer.Ordinal));

    /// <summary>One for each definition that clients have made.</summary>
    public IReadOnlyCollection<CustomKind> Kinds => _kinds.Values;

    /// <summary>What is served of them: by group, and in each the most stable version first.</summary>
    public IReadOnlyList<ServedResource> Served { get; }

    /// <summary>Bytes of the definitions.</summary>
    public long Bytes { get; }

    public CustomKind? Find(string name) => _kinds.GetValueOrDefault(name);

    public ServedResource? Find(string group, string version, string plural) => _byPath.GetValueOrDefault((group, version, plural));

    /// <summary>The stored kind that references name so.</summary>
    public ServedResource? FindKind(string apiVersion, string kind) =>
        _kinds.Values.FirstOrDefault(custom => custom.IsNamed(apiVersion, kind))?.Storage;

    public CustomKindSet With(CustomKind kind) =>
        new(new SortedDictionary<string, CustomKind>(_kinds, StringComparer.Ordinal) { [kind.Name] = kind });

    public CustomKindSet Without(string name)
    {
        var kinds = new SortedDictionary<string, CustomKind>(_kinds, StringComparer.Ordinal);
        return kinds.Remove(name) ? new CustomKindSet(kinds) : this;
    }
}
