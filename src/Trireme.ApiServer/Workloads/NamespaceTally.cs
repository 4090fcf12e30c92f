using System.Collections.Concurrent;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Workloads;

/// <summary>
/// What is reckoned from all objects of a namespace, kept instead of read again: made from the store when it is first asked for, and from
/// then on changed by each commit before its write is answered. What nobody asks for costs a commit one look into a table.
/// </summary>
/// <typeparam name="T">What is reckoned; nothing of it is handed out but copies.</typeparam>
internal abstract class NamespaceTally<T>
    where T : class
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new();
    private readonly ObjectStore _store;

    protected NamespaceTally(ObjectStore store)
    {
        _store = store;
        store.Changes.Observe(Note);
    }

    /// <summary>Reckons from what is stored; all of <paramref name="snapshot"/> is of one revision.</summary>
    protected abstract T Make(string @namespace, StoreReader snapshot);

    /// <summary>Goes on with a change that came after.</summary>
    protected abstract void Apply(T tally, Change change);

    /// <summary>Whether a change is of what is reckoned by, so that all must be reckoned anew when it is asked for again.</summary>
    protected abstract bool Resets(Change change);

    protected TResult Read<TResult>(string @namespace, Func<T, TResult> read)
    {
        Entry entry = _entries.GetOrAdd(@namespace, static _ => new Entry());
        // Whoever comes while it is made waits for it, and does not make it as well.
        lock (entry.Making)
        {
            while (true)
            {
                lock (entry)
                {
                    if (entry.Tally is { } tally) return read(tally);
                    entry.Missed = [];
                }

                (T made, long revision) = _store.Read(reader => reader.AtOneRevision(() => Make(@namespace, reader)));
                lock (entry)
                {
                    if (entry.Missed is not { } missed) continue;
                    foreach (Change change in missed.Where(change => change.Revision > revision)) Apply(made, change);
                    (entry.Tally, entry.Revision, entry.Missed) = (made, revision, null);
                }
            }
        }
    }

    private void Note(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            if (!_entries.TryGetValue(change.Object.Key.Namespace, out Entry? entry)) continue;
            lock (entry)
            {
                if (Resets(change))
                {
                    (entry.Tally, entry.Missed) = (null, null);
                    _entries.TryRemove(change.Object.Key.Namespace, out _);
                    continue;
                }

                entry.Missed?.Add(change);
                // What it was made from can be newer than what has been told.
                if (entry.Tally is { } tally && change.Revision > entry.Revision) Apply(tally, change);
            }
        }
    }

    private sealed class Entry
    {
        public Lock Making { get; } = new();

        public T? Tally { get; set; }

        /// <summary>The revision that the tally was made from.</summary>
        public long Revision { get; set; }

        /// <summary>What came while it was made; null while it is not.</summary>
        public List<Change>? Missed { get; set; }
    }
}
