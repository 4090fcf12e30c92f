using System.Globalization;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// How the objects of a kind were at a revision, as far as they have changed since: what is laid over the present ones for a list of
/// that revision, so that all its pages are of one state.
/// </summary>
internal sealed class PastStates
{
    /// <summary>By namespace and name: the state of then, null for what was not there, and whether there is an object now.</summary>
    private readonly SortedDictionary<(string Namespace, string Name), (StoredObject? Then, bool IsThere)> _changed =
        new(Comparer<(string Namespace, string Name)>.Create(Compare));

    /// <param name="changes">The changes after the revision in their order: namespace, name, type and the state before.</param>
    /// <param name="query">Which of them matter.</param>
    public static PastStates Read(SqliteDataReader changes, ListQuery query)
    {
        var past = new PastStates();
        (string, string) after = (query.After?.Namespace ?? "", query.After?.Name ?? "");
        while (changes.Read())
        {
            (string Namespace, string Name) key = (changes.GetString(0), changes.GetString(1));
            if (query.Namespace.Length > 0 && key.Namespace != query.Namespace) continue;
            if (Compare(key, after) <= 0) continue;
            bool isThere = (ChangeType)changes.GetInt32(2) != ChangeType.Deleted;
            // The first change since then is the one that knows how it was.
            StoredObject? then = past._changed.TryGetValue(key, out (StoredObject? Then, bool) known) ? known.Then
                : changes.IsDBNull(3) ? null
                : State(new ObjectKey(query.Resource, key.Namespace, key.Name), changes.GetFieldValue<byte[]>(3));
            past._changed[key] = (then, isThere);
        }

        return past;
    }

    /// <summary>The objects as they were, made from the present ones in the same order.</summary>
    public IEnumerable<StoredObject> Over(IEnumerable<StoredObject> present)
    {
        KeyValuePair<(string Namespace, string Name), (StoredObject? Then, bool)>[] past = [.. _changed];
        int next = 0;
        foreach (StoredObject stored in present)
        {
            (string, string) key = (stored.Key.Namespace, stored.Key.Name);
            bool replaced = false;
            for (; next < past.Length && Compare(past[next].Key, key) <= 0; next++)
            {
                replaced = Compare(past[next].Key, key) == 0;
                if (past[next].Value.Then is { } then) yield return then;
            }

            if (!replaced) yield return stored;
        }

        for (; next < past.Length; next++)
        {
            if (past[next].Value.Then is { } then) yield return then;
        }
    }

    /// <summary>How many more objects there were after one of them than there are now.</summary>
    public long MoreAfter(ObjectKey last)
    {
        long more = 0;
        foreach (((string, string) key, (StoredObject? then, bool isThere)) in _changed)
        {
            if (Compare(key, (last.Namespace, last.Name)) > 0) more += (then is null ? 0 : 1) - (isThere ? 1 : 0);
        }

        return more;
    }

    private static int Compare((string Namespace, string Name) left, (string Namespace, string Name) right)
    {
        int order = string.CompareOrdinal(left.Namespace, right.Namespace);
        return order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
    }

    private static StoredObject State(ObjectKey key, byte[] json)
    {
        string version = ObjectText.Find(json, "metadata", "resourceVersion") ?? "0";
        return new StoredObject(
            key, ObjectText.Find(json, "metadata", "uid") ?? "", long.Parse(version, CultureInfo.InvariantCulture), json);
    }
}
