using System.Collections.Concurrent;
using System.Text.Json;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Workloads;

/// <summary>
/// All objects of a kind that there are few of, by namespace, current with each commit before its write is answered: whether a namespace
/// has any costs other writes one look into a table.
/// </summary>
/// <typeparam name="T">The kind.</typeparam>
internal sealed class NamespacedIndex<T>
    where T : class, IResource
{
    private static readonly IReadOnlyDictionary<string, T> None = new Dictionary<string, T>();

    /// <summary>By namespace, each a table that is never changed. Only the store's writer, or the constructor, replaces one.</summary>
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, T>> _byNamespace = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, long> _revisions = [];
    private readonly ServedResource? _resource;

    public NamespacedIndex(ObjectStore store, ServedResources resources)
    {
        _resource = resources.All.FirstOrDefault(static served => served.Definition.ClrType == typeof(T));
        if (_resource is null) return;
        store.Changes.Observe(Note);
        foreach (StoredObject stored in store.List(new ListQuery(_resource, "")).Objects) Put(stored, isThere: true);
    }

    /// <summary>The kind; null where it is not served.</summary>
    public ServedResource? Resource => _resource;

    /// <summary>Namespaces that have any.</summary>
    public ICollection<string> Namespaces => _byNamespace.Keys;

    /// <summary>The objects of a namespace in the order of their names.</summary>
    public IEnumerable<T> In(string @namespace) =>
        _byNamespace.GetValueOrDefault(@namespace, None).OrderBy(static found => found.Key, StringComparer.Ordinal)
            .Select(static found => found.Value);

    public bool Any(string @namespace) => _byNamespace.ContainsKey(@namespace);

    private void Note(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            if (change.Object.Key.Resource == _resource) Put(change.Object, change.Type != ChangeType.Deleted);
        }
    }

    private void Put(StoredObject stored, bool isThere)
    {
        T? read = isThere ? Read(stored) : null;
        lock (_lock)
        {
            // The first listing may come after a later change of the same object.
            if (_revisions.TryGetValue(stored.Key, out long known) && known > stored.Revision) return;
            if (isThere) _revisions[stored.Key] = stored.Revision;
            else _revisions.Remove(stored.Key);
            var next = new Dictionary<string, T>(_byNamespace.GetValueOrDefault(stored.Key.Namespace, None));
            if (read is null) next.Remove(stored.Key.Name);
            else next[stored.Key.Name] = read;
            if (next.Count == 0) _byNamespace.TryRemove(stored.Key.Namespace, out _);
            else _byNamespace[stored.Key.Namespace] = next;
        }
    }

    /// <summary>Null for what a version with other rules stored and this one cannot read.</summary>
    private static T? Read(StoredObject stored)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(stored.Json.Span, ResourceJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
