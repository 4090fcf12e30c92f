using System.Collections.Concurrent;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// The last committed version of objects that were written lately, with the tree it was written from: controllers write the
/// status of the same objects again and again. Only the store's writer puts something in, after each commit; one process has the
/// database, so what is here is what is there.
/// </summary>
internal sealed class RecentObjects
{
    /// <summary>
    /// Most memory of the objects kept, by <see cref="StoredObject.MemoryBytes"/>: some thousands of ordinary ones. What is in use comes
    /// back with its next write after a clearing.
    /// </summary>
    private const long MaxBytes = 32L << 20;

    private readonly ConcurrentDictionary<ObjectKey, StoredObject> _objects = new();
    private long _bytes;

    public StoredObject? Find(ObjectKey key) => _objects.GetValueOrDefault(key);

    /// <summary>
    /// Takes over committed changes, and gives back the same changes with the trees that are known of their past states.
    /// </summary>
    public Change[] Commit(IReadOnlyList<Change> changes)
    {
        var shared = new Change[changes.Count];
        for (int i = 0; i < changes.Count; i++)
        {
            Change change = changes[i];
            ObjectKey key = change.Object.Key;
            bool known = _objects.TryRemove(key, out StoredObject? past);
            if (known) _bytes -= past!.MemoryBytes;
            shared[i] = known && past!.Revision == change.Previous?.Revision ? change with { Previous = past } : change;
            if (change.Type == ChangeType.Deleted || change.Object.MemoryBytes > MaxBytes / 4) continue;

            if (_bytes + change.Object.MemoryBytes > MaxBytes)
            {
                _objects.Clear();
                _bytes = 0;
            }

            _objects[key] = change.Object;
            _bytes += change.Object.MemoryBytes;
        }

        return shared;
    }
}
