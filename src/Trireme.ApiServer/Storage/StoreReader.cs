using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>One reading connection. Every method reads one snapshot; one caller at a time.</summary>
internal sealed class StoreReader : IDisposable
{
    private const string Row = "SELECT resource, namespace, name, uid, revision, document FROM objects ";

    /// <summary>Bytes of changes that are read at a time; a watch may have missed more than memory should hold at once.</summary>
    private const long HistoryPageBytes = 4L << 20;

    private readonly ServedResources _resources;
    private readonly Quarantine _quarantine;
    private readonly SqliteConnection _connection;
    private readonly StoreTransaction _transaction;
    private readonly SqlStatement _revisions;
    private readonly SqlStatement _get;
    private readonly SqlStatement _getByUid;
    private readonly SqlStatement _content;
    private readonly SqlStatement _dependents;
    private readonly SqlStatement _contentCounts;
    private readonly SqlStatement _unfinished;
    private readonly SqlStatement _changes;
    private readonly SqlStatement _changesOfKind;
    private readonly StoreRows _rows;

    public StoreReader(string path, ServedResources resources, Quarantine quarantine)
    {
        _resources = resources;
        _quarantine = quarantine;
        _connection = StoreDatabase.Open(path);
        _transaction = new StoreTransaction(_connection, writes: false);
        _revisions = new SqlStatement(_connection, "SELECT current, compacted FROM revisions", 0);
        _get = new SqlStatement(_connection, Row + "WHERE resource = @0 AND namespace = @1 AND name = @2", 3);
        _getByUid = new SqlStatement(_connection, Row + "WHERE uid = @0", 1);
        _rows = new StoreRows(_connection, quarantine);
        _content = new SqlStatement(_connection, Row + "WHERE namespace = @0", 1);
        _dependents = new SqlStatement(_connection, Row + "WHERE uid IN (SELECT dependent FROM owners WHERE owner = @0)", 1);
        _contentCounts = new SqlStatement(
            _connection, "SELECT resource, COUNT(*) FROM objects WHERE namespace = @0 GROUP BY resource ORDER BY resource", 1);
        _unfinished = new SqlStatement(
            _connection,
            "SELECT resource, namespace, name FROM objects WHERE deleting = 1 OR uid IN (SELECT dependent FROM owners)",
            0);
        _changes = new SqlStatement(
            _connection,
            "SELECT resource, namespace, name, uid, revision, document, type, previous FROM changes WHERE revision > @0 ORDER BY revision",
            1);
        _changesOfKind = new SqlStatement(
            _connection,
            "SELECT namespace, name, type, previous FROM changes WHERE revision > @0 AND resource = @1 ORDER BY revision",
            2);
    }

    public StoredObject? Get(ObjectKey key) => First(_get.Query(key.Resource.QualifiedPlural, key.Namespace, key.Name));

    public StoredObject? GetByUid(string uid) => First(_getByUid.Query(uid));

    public IReadOnlyList<StoredObject> Content(string @namespace) => All(_content.Query(@namespace));

    public IReadOnlyList<StoredObject> Dependents(string ownerUid) => All(_dependents.Query(ownerUid));

    /// <summary>How many objects of each kind a namespace holds, by the kinds' names; also of kinds that are not served.</summary>
    public IReadOnlyList<(string Resource, long Count)> ContentCounts(string @namespace)
    {
        var counts = new List<(string, long)>();
        using SqliteDataReader reader = _contentCounts.Query(@namespace);
        while (reader.Read()) counts.Add((reader.GetString(0), reader.GetInt64(1)));
        return counts;
    }

    /// <summary>The objects that have owners or are being deleted.</summary>
    public IReadOnlyList<ObjectKey> Unfinished()
    {
        var keys = new List<ObjectKey>();
        using SqliteDataReader reader = _unfinished.Query();
        while (reader.Read())
        {
            if (_resources.Find(reader.GetString(0)) is not { } resource) continue;
            keys.Add(new ObjectKey(resource, reader.GetString(1), reader.GetString(2)));
        }

        return keys;
    }

    /// <summary>
    /// A page of the present state, or of the state at a revision that the history still reaches back to: later pages of a list are of the
    /// state of the first.
    /// </summary>
    public ObjectPage List(ListQuery query)
    {
        using StoreTransaction.Scope snapshot = _transaction.Begin();
        (long revision, long compacted) = Revisions();
        long listed = query.After?.Revision ?? query.AtRevision ?? revision;
        if (listed < compacted || listed > revision) return ObjectPage.Expired(revision);
        PastStates? past = listed == revision ? null : PastAt(listed, query);
        var objects = new List<StoredObject>();
        long bytes = 0;
        bool more = false;
        IEnumerable<StoredObject> present = _rows.Of(query);
        foreach (StoredObject found in past?.Over(present) ?? present)
        {
            if (query.Filter?.Invoke(found) == false) continue;
            more = (query.Limit > 0 && objects.Count == query.Limit) || (query.Bytes > 0 && bytes >= query.Bytes);
            if (more) break;
            objects.Add(found);
            bytes += found.Json.Length;
        }

        if (!more) return new ObjectPage(objects, listed, Next: null);
        ObjectKey last = objects[^1].Key;
        long? remaining = query is { Filter: null, Limit: > 0 } ? _rows.CountAfter(query, last) + (past?.MoreAfter(last) ?? 0) : null;
        return new ObjectPage(objects, listed, new ContinueToken(listed, last.Namespace, last.Name), remaining);
    }

    /// <summary>Reads several things of one state, and tells the revision it is of.</summary>
    public (T Result, long Revision) AtOneRevision<T>(Func<T> read)
    {
        using StoreTransaction.Scope snapshot = _transaction.Begin();
        long revision = Revisions().Current;
        return (read(), revision);
    }

    /// <summary>What a query may be about, one after the other; its filter and its limit are left to the caller.</summary>
    public IEnumerable<StoredObject> Rows(ListQuery query) => _rows.Of(query);

    private PastStates PastAt(long revision, ListQuery query)
    {
        using SqliteDataReader changes = _changesOfKind.Query(revision, query.Resource.QualifiedPlural);
        return PastStates.Read(changes, query);
    }

    /// <summary>
    /// The changes of one kind in one namespace, or in all where it is empty, after a revision; in one snapshot. Where they are many, the
    /// first of them, with the revision to go on after.
    /// </summary>
    public ChangeHistory History(ServedResource resource, string @namespace, long after)
    {
        using StoreTransaction.Scope snapshot = _transaction.Begin();
        (long revision, long compacted) = Revisions();
        if (after < compacted || after > revision) return new ChangeHistory([], revision, IsExpired: true);

        var changes = new List<Change>();
        long bytes = 0;
        using SqliteDataReader reader = _changes.Query(after);
        while (reader.Read())
        {
            if (reader.GetString(0) != resource.QualifiedPlural) continue;
            if (@namespace.Length > 0 && reader.GetString(1) != @namespace) continue;
            StoredObject current = Read(reader, resource);
            StoredObject? previous = reader.IsDBNull(7)
                ? null
                : new StoredObject(current.Key, current.Uid, current.Revision, reader.GetFieldValue<byte[]>(7));
            changes.Add(new Change(current.Revision, (ChangeType)reader.GetInt32(6), current, previous));
            bytes += current.Json.Length + (previous?.Json.Length ?? 0);
            if (bytes >= HistoryPageBytes) return new ChangeHistory(changes, current.Revision, IsExpired: false, IsComplete: false);
        }

        return new ChangeHistory(changes, revision, IsExpired: false);
    }

    public (long Current, long Compacted) Revisions()
    {
        using SqliteDataReader reader = _revisions.Query();
        reader.Read();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    public void Dispose()
    {
        foreach (SqlStatement statement in (ReadOnlySpan<SqlStatement>)
        [
            _revisions, _get, _getByUid, _content, _dependents, _contentCounts, _unfinished, _changes, _changesOfKind,
        ])
        {
            statement.Dispose();
        }

        _rows.Dispose();
        _transaction.Dispose();
        _connection.Dispose();
    }

    private StoredObject? First(SqliteDataReader reader)
    {
        using (reader)
        {
            if (!reader.Read() || _resources.Find(reader.GetString(0)) is not { } resource) return null;
            return _quarantine.TryFind(reader.GetString(0), reader.GetString(1), reader.GetString(2), out QuarantinedObject? found)
                ? Quarantine.Stub(resource, found)
                : Read(reader, resource);
        }
    }

    private List<StoredObject> All(SqliteDataReader reader)
    {
        var rows = new List<StoredObject>();
        using (reader)
        {
            while (reader.Read())
            {
                if (_resources.Find(reader.GetString(0)) is not { } resource) continue;
                if (_quarantine.TryFind(reader.GetString(0), reader.GetString(1), reader.GetString(2), out _)) continue;
                rows.Add(Read(reader, resource));
            }
        }

        return rows;
    }

    /// <summary>An object from a row of resource, namespace, name, uid, revision and document.</summary>
    public static StoredObject Read(SqliteDataReader reader, ServedResource resource) => new(
        new ObjectKey(resource, reader.GetString(1), reader.GetString(2)),
        reader.GetString(3),
        reader.GetInt64(4),
        reader.GetFieldValue<byte[]>(5));
}
