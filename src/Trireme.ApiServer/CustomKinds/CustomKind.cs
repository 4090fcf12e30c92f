using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Definitions;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.CustomKinds;

/// <summary>What is served of one definition.</summary>
internal sealed class CustomKind
{
    private CustomKind(ServedDefinition definition, StoredObject stored, CustomKind? before)
    {
        Definition = definition;
        Stored = stored;
        DefinitionSpec spec = definition.Spec;
        bool isSame = before is not null && before.Stored.Uid == stored.Uid;
        Storage = isSame ? before!.Storage : StorageOf(spec);
        IsTerminating = definition.Metadata.DeletionTimestamp is not null;
        Storage.IsTerminating = IsTerminating;
        Served = isSame && IsServedAs(before!.Definition) ? before.Served : ServedOf(definition, Storage);
    }

    /// <summary>Its definition as it is stored now.</summary>
    public StoredObject Stored { get; }

    public ServedDefinition Definition { get; }

    /// <summary>Name of the definition, which is that of the kind in the store.</summary>
    public string Name => Stored.Key.Name;

    /// <summary>
    /// Under what the objects lie, whatever their version. It stays the same as long as the definition is there, so that whoever holds a
    /// key means the same objects.
    /// </summary>
    public ServedResource Storage { get; }

    /// <summary>The versions that are served, the most stable first; none before the definition has its names.</summary>
    public IReadOnlyList<ServedResource> Served { get; }

    public bool IsTerminating { get; }

    public bool IsEstablished => Holds(Definition, DefinitionForm.Established);

    /// <summary>Whether it has all names that it asks for.</summary>
    public bool HasAllNames => Holds(Definition, DefinitionForm.NamesAccepted);

    /// <summary>What a stored definition makes; null for one that cannot be read.</summary>
    /// <param name="stored">The definition.</param>
    /// <param name="before">What it made before; null where it is new.</param>
    public static CustomKind? Of(StoredObject stored, CustomKind? before)
    {
        try
        {
            ServedDefinition? definition = JsonSerializer.Deserialize<ServedDefinition>(stored.Json.Span, ResourceJson.Options);
            return definition is null || definition.Spec.Versions.Count(static version => version.Storage) != 1
                ? null
                : new CustomKind(definition, stored, before);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Rules were others when it was written, or somebody wrote past them; whoever follows definitions must go on.
            return null;
        }
    }

    /// <summary>Whether references name it so: by any of its versions, served or not.</summary>
    public bool IsNamed(string apiVersion, string kind) =>
        kind == Definition.Spec.Names.Kind
        && Definition.Spec.Versions.Any(version => $"{Definition.Spec.Group}/{version.Name}" == apiVersion);

    private static bool Holds(ServedDefinition definition, string condition) =>
        definition.Status?.Conditions?.Any(found => found.Type == condition && found.Status == "True") == true;

    /// <summary>From when on it has its names. It is established in the next write, so that what is said to be served is.</summary>
    private static bool IsServed(ServedDefinition definition) =>
        Holds(definition, DefinitionForm.NamesAccepted) || Holds(definition, DefinitionForm.Established);

    private bool IsServedAs(ServedDefinition before) =>
        IsServed(before) == IsServed(Definition)
        && before.Metadata.Generation == Definition.Metadata.Generation
        && JsonNode.DeepEquals(
            JsonSerializer.SerializeToNode(before.Status?.AcceptedNames, ResourceJson.Options),
            JsonSerializer.SerializeToNode(Definition.Status?.AcceptedNames, ResourceJson.Options));

    private static ServedResource StorageOf(DefinitionSpec spec) => new(new ResourceDefinition
    {
        Group = spec.Group,
        Version = spec.Versions.First(static version => version.Storage).Name,
        Kind = spec.Names.Kind,
        Plural = spec.Names.Plural,
        Namespaced = spec.Scope == DefinitionRules.Namespaced,
        ClrType = typeof(CustomObject),
        Schema = CustomObject.Schema,
    });

    private static ServedResource[] ServedOf(ServedDefinition definition, ServedResource storage)
    {
        if (!IsServed(definition)) return [];
        return
        [
            .. definition.Spec.Versions
                .Where(static version => version.Served)
                .OrderBy(static version => version.Name, VersionOrder.Comparer)
                .Select(version => new CustomVersion(definition, version))
                .Select(version => new ServedResource(version.Definition, projection: new Projection(version, storage))),
        ];
    }
}
