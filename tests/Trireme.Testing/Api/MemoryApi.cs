using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;

namespace Trireme.Testing;

/// <summary>
/// An API server in memory, for tests that run whole controllers under virtual time: revisions, conflicts, generations, finalizers,
/// owners, pages, watches with history, bookmarks and expiry. A differential test holds its answers to those of the embedded server.
///
/// It answers at once and collects dependents within the call that orphans them; delays are for <see cref="FaultyApi"/> to add. What it
/// has no need of, it refuses: server-side apply, generated names, foreground and orphaning deletion, and namespaces as objects.
/// </summary>
public sealed class MemoryApi(TimeProvider time) : IResourceClients
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Type, IMemoryKind> _kinds = [];
    private readonly Dictionary<string, (IMemoryKind Kind, ResourceKey Key)> _byUid = [];
    private readonly Dictionary<string, SortedSet<string>> _dependents = [];
    private readonly Queue<string> _gone = new();
    private long _uids;
    private bool _collecting;

    /// <summary>Changes of a kind that are kept for watches.</summary>
    public int HistoryLength { get; init; } = 10_000;

    /// <summary>Pause between the bookmarks of a watch. One minute, as on Kubernetes.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Checks every write against the schema. Costs more than the rest of a write.</summary>
    public bool Validates { get; init; } = true;

    /// <summary>Raised after every change, with the object as it was before and after; null where there was or is none.</summary>
    public event Action<IResource?, IResource?>? Changed;

    /// <summary>The revision of the last write.</summary>
    public long Revision { get; private set; }

    internal TimeProvider Time => time;

    public IResourceClient<T> Of<T>()
        where T : class, IResource =>
        new MemoryClient<T>(Kind<T>());

    /// <summary>Every object of a kind, ordered by namespace and name.</summary>
    public IReadOnlyList<T> All<T>()
        where T : class, IResource =>
        Kind<T>().All();

    public T? Find<T>(ResourceKey key)
        where T : class, IResource =>
        Kind<T>().Find(key);

    /// <summary>Forgets the history, as a server does after a while: watches from earlier revisions are told to list again.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            foreach (IMemoryKind kind in _kinds.Values) kind.Compact(Revision);
        }
    }

    internal MemoryKind<T> Kind<T>()
        where T : class, IResource
    {
        lock (_lock)
        {
            if (_kinds.TryGetValue(typeof(T), out IMemoryKind? kind)) return (MemoryKind<T>)kind;
            var created = new MemoryKind<T>(this, _lock);
            _kinds[typeof(T)] = created;
            return created;
        }
    }

    internal long NextRevision() => ++Revision;

    internal string NextUid() => string.Create(CultureInfo.InvariantCulture, $"00000000-0000-4000-8000-{++_uids:x12}");

    /// <summary>True if a reference leads to an object: by kind and name in the dependent's namespace, or in none, and by UID.</summary>
    internal bool Exists(OwnerReference owner, string @namespace) => _byUid.TryGetValue(owner.Uid, out var found)
        && found.Kind.Definition.Kind == owner.Kind
        && found.Kind.Definition.ApiVersion == owner.ApiVersion
        && found.Key == new ResourceKey(found.Kind.Definition.Namespaced ? @namespace : "", owner.Name);

    /// <summary>Keeps the books of owners after a write, tells listeners, and collects what lost its last owner.</summary>
    internal void Record(IMemoryKind kind, IResource? before, IResource? after)
    {
        string uid = (after ?? before)!.Metadata.Uid!;
        if (after is null)
        {
            _byUid.Remove(uid);
            _gone.Enqueue(uid);
        }
        else
        {
            _byUid[uid] = (kind, ResourceKey.Of(after));
        }

        foreach (OwnerReference owner in before?.Metadata.OwnerReferences ?? [])
        {
            if (!_dependents.TryGetValue(owner.Uid, out SortedSet<string>? dependents)) continue;
            dependents.Remove(uid);
            if (dependents.Count == 0) _dependents.Remove(owner.Uid);
        }

        foreach (OwnerReference owner in after?.Metadata.OwnerReferences ?? [])
        {
            if (!_dependents.TryGetValue(owner.Uid, out SortedSet<string>? dependents)) _dependents[owner.Uid] = dependents = [];
            dependents.Add(uid);
            if (!Exists(owner, after!.Metadata.Namespace ?? "")) _gone.Enqueue(owner.Uid);
        }

        Changed?.Invoke(before, after);
        Collect();
    }

    private void Collect()
    {
        if (_collecting) return;
        _collecting = true;
        try
        {
            while (_gone.TryDequeue(out string? owner))
            {
                if (!_dependents.TryGetValue(owner, out SortedSet<string>? dependents)) continue;
                foreach (string dependent in dependents.ToList())
                {
                    if (_byUid.TryGetValue(dependent, out var found)) found.Kind.Orphaned(found.Key);
                }
            }
        }
        finally
        {
            _collecting = false;
        }
    }
}

/// <summary>A kind's part of the store, as far as the others need it.</summary>
internal interface IMemoryKind
{
    ResourceDefinition Definition { get; }

    void Compact(long revision);

    /// <summary>Deletes an object that has no owner left, or takes the owners that are gone off it.</summary>
    void Orphaned(ResourceKey key);
}
