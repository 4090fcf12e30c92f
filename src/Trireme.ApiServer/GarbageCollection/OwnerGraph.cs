using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>
/// Who owns whom, looked up in the store each time: an owner is what lies under the kind and name of a reference in the dependent's
/// namespace, or in none for cluster-scoped kinds, and has the reference's UID. A UID alone owns nothing.
/// </summary>
internal sealed class OwnerGraph(ObjectStore store, ServedResources resources)
{
    /// <summary>Where a reference points, whether or not anything is there; null where it can point nowhere.</summary>
    public ObjectKey? KeyOf(OwnerLink link, ObjectKey dependent)
    {
        if (resources.FindKind(link.ApiVersion, link.Kind) is not { } kind) return null;
        if (!kind.Definition.Namespaced) return new ObjectKey(kind, "", link.Name);
        return dependent.Namespace.Length == 0 ? null : new ObjectKey(kind, dependent.Namespace, link.Name);
    }

    public OwnerState StateOf(OwnerLink link, ObjectKey dependent)
    {
        if (KeyOf(link, dependent) is not { } key) return OwnerState.Unknown;
        if (store.Get(key) is not { } owner || owner.Uid != link.Uid) return OwnerState.Absent;
        return Waits(owner) ? OwnerState.Waiting : OwnerState.Solid;
    }

    /// <summary>The object with a reference's UID if it lies where the dependent can have no owner.</summary>
    public ObjectKey? FoundElsewhere(OwnerLink link, ObjectKey dependent) =>
        store.Read(reader => reader.GetByUid(link.Uid)) is { } owner
        && owner.Key.Resource.Definition.Namespaced
        && owner.Key.Namespace != dependent.Namespace
            ? owner.Key
            : null;

    /// <summary>The objects that name one as their owner.</summary>
    public IEnumerable<StoredObject> DependentsOf(StoredObject owner) =>
        store.Read(reader => reader.Dependents(owner.Uid)).Where(dependent => LinksTo(dependent, owner).Any());

    /// <summary>Whether a foreground deletion of an object must go on waiting.</summary>
    public bool IsBlocked(StoredObject owner) => OwnershipRules.IsBlocked(
        new GraphNode(owner),
        node => DependentsOf(node.Object)
            .Where(dependent => LinksTo(dependent, node.Object).Any(link => link.Blocks))
            .Select(dependent => new GraphNode(dependent)),
        node => Waits(node.Object));

    /// <summary>True if an object waits for its dependents to go first.</summary>
    public static bool Waits(StoredObject stored) =>
        stored.Document.IsDeleting() && stored.Document.Metadata().TextList("finalizers").Contains(ObjectDeletion.ForegroundFinalizer);

    /// <summary>True if a reference of a dependent leads to an object.</summary>
    public bool Leads(OwnerLink link, ObjectKey dependent, StoredObject owner) =>
        link.Uid == owner.Uid && KeyOf(link, dependent) == owner.Key;

    private IEnumerable<OwnerLink> LinksTo(StoredObject dependent, StoredObject owner) =>
        OwnerLink.AllOf(dependent.Document).Where(link => Leads(link, dependent.Key, owner));

    /// <summary>An object in a walk, known by its UID.</summary>
    private readonly struct GraphNode(StoredObject stored) : IEquatable<GraphNode>
    {
        public StoredObject Object { get; } = stored;

        public bool Equals(GraphNode other) => Object.Uid == other.Object.Uid;

        public override bool Equals(object? obj) => obj is GraphNode other && Equals(other);

        public override int GetHashCode() => Object.Uid.GetHashCode(StringComparison.Ordinal);
    }
}
