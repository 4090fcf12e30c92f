using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>The one writing connection: turns requests into committed changes. One caller at a time.</summary>
internal sealed class StoreWriter : IDisposable
{
    /// <summary>What a write takes beside its objects: pages of the trees it touches.</summary>
    private const int OverheadBytes = 16 << 10;

    /// <summary>Times an object is written with a change of it: once for itself, and before and after it for those who watch.</summary>
    private const int CopiesPerChange = 3;

    /// <summary>
    /// How long what must find the log at rest waits for readers of it. Readers of this store take milliseconds; another program's may not
    /// end.
    /// </summary>
    private const string WaitForReaders = "PRAGMA busy_timeout = 1000";

    /// <summary>What a statement keeps aside must not need a disk, which may be full.</summary>
    private const string KeepAsideInMemory = "PRAGMA temp_store = MEMORY";

    private readonly ServedResource _namespaces;
    private readonly SqliteConnection _connection;
    private readonly StoreTransaction _transaction;
    private readonly StoreHistory _history;
    private readonly StoreIndex _index;
    private readonly bool _isIndexed;
    private readonly StorePages _pages;
    private readonly SqlStatement _get;
    private readonly SqlStatement _insert;
    private readonly SqlStatement _update;
    private readonly SqlStatement _delete;
    private readonly SqlStatement _anyContent;
    private readonly SqlStatement _addOwner;
    private readonly SqlStatement _removeOwners;
    private readonly SqlStatement _setRevisions;
    private long _revision;

    public StoreWriter(string path, ServedResources resources, ApiServerLimits limits, long reserveBytes, bool isIndexed)
    {
        _namespaces = resources.Namespace;
        _connection = StoreDatabase.Open(path);
        StoreDatabase.Execute(_connection, WaitForReaders);
        StoreDatabase.Execute(_connection, KeepAsideInMemory);
        _transaction = new StoreTransaction(_connection, writes: true);
        _history = new StoreHistory(_connection, limits.HistoryLength, Math.Min(limits.HistoryBytes, limits.MaxStoreBytes / 4));
        _index = new StoreIndex(_connection);
        _isIndexed = isIndexed;
        _pages = new StorePages(_connection, path, limits.MaxStoreBytes, reserveBytes);
        _get = new SqlStatement(
            _connection, "SELECT uid, revision, deleting, document FROM objects WHERE resource = @0 AND namespace = @1 AND name = @2", 3);
        _insert = new SqlStatement(
            _connection,
            "INSERT INTO objects (resource, namespace, name, uid, revision, deleting, document) VALUES (@0, @1, @2, @3, @4, @5, @6)",
            7);
        _update = new SqlStatement(
            _connection,
            "UPDATE objects SET revision = @3, deleting = @4, document = @5 WHERE resource = @0 AND namespace = @1 AND name = @2",
            6);
        _delete = new SqlStatement(_connection, "DELETE FROM objects WHERE resource = @0 AND namespace = @1 AND name = @2", 3);
        _anyContent = new SqlStatement(_connection, "SELECT 1 FROM objects WHERE namespace = @0 LIMIT 1", 1);
        _addOwner = new SqlStatement(_connection, "INSERT OR IGNORE INTO owners (owner, dependent) VALUES (@0, @1)", 2);
        _removeOwners = new SqlStatement(_connection, "DELETE FROM owners WHERE dependent = @0", 1);
        _setRevisions = new SqlStatement(_connection, "UPDATE revisions SET current = @0, compacted = @1, indexed = @2", 3);
        _revision = StoreDatabase.Number(_connection, "SELECT current FROM revisions");
    }

    /// <summary>The last committed revision.</summary>
    public long Revision => _revision;

    /// <summary>What the history takes on disk, roughly.</summary>
    public long HistoryBytes => _history.Bytes;

    public StorePages Pages => _pages;

    /// <summary>
    /// Writes a batch in one transaction, so that concurrent writers share one wait for the disk. Each request succeeds or
    /// is refused on its own; an I/O failure leaves all of them unwritten.
    /// </summary>
    /// <param name="requests">What to write.</param>
    /// <param name="results">What became of each.</param>
    /// <param name="relief">
    /// True where the disk is full and the batch must not make the database larger: as much history goes as the batch takes.
    /// </param>
    public IReadOnlyList<Change> Commit(IReadOnlyList<WriteRequest> requests, Span<WriteResult> results, bool relief = false)
    {
        long revisionBefore = _revision;
        (long, long) historyBefore = _history.State;
        var changes = new List<Change>(requests.Count);
        try
        {
            using StoreTransaction.Scope transaction = _transaction.Begin();
            if (relief) _history.Free(BytesOf(requests));
            for (int i = 0; i < requests.Count; i++) results[i] = Apply(requests[i], changes);
            if (changes.Count == 0)
            {
                _history.State = historyBefore;
                return changes;
            }

            _history.Trim(_revision);
            SetRevisions();
            transaction.Commit();
            return changes;
        }
        catch
        {
            _revision = revisionBefore;
            _history.State = historyBefore;
            throw;
        }
    }

    /// <summary>What a batch takes in the file and in its log, roughly, and seldom more.</summary>
    public static long BytesOf(IReadOnlyList<WriteRequest> requests) => requests.Sum(BytesOf);

    public static long BytesOf(WriteRequest request) => ((long)CopiesPerChange * request.Object.Json.Length) + OverheadBytes;

    /// <summary>Commits a write that changes nothing, the whole way to the disk.</summary>
    public void Probe()
    {
        using StoreTransaction.Scope transaction = _transaction.Begin();
        SetRevisions();
        transaction.Commit();
    }

    public void Dispose()
    {
        foreach (SqlStatement statement in (ReadOnlySpan<SqlStatement>)
            [_get, _insert, _update, _delete, _anyContent, _addOwner, _removeOwners, _setRevisions])
        {
            statement.Dispose();
        }

        _pages.Dispose();
        _index.Dispose();
        _history.Dispose();
        _transaction.Dispose();
        _connection.Dispose();
    }

    /// <summary>An index that was not right from the start is never called so: the next start makes it anew.</summary>
    private void SetRevisions() => _setRevisions.Execute(_revision, _history.Compacted, _isIndexed ? _revision : -1L);

    private WriteResult Apply(WriteRequest request, List<Change> changes)
    {
        (StoredObject? current, _) = Get(request.Key);
        if (Refusal(request, current) is { } refusal) return refusal;

        long revision = ++_revision;
        StoredObject written = request.Object.At(request.Key, revision);
        Put(request, written, current);

        ChangeType type = request.Kind switch
        {
            WriteKind.Create => ChangeType.Created,
            WriteKind.Update => ChangeType.Updated,
            _ => ChangeType.Deleted,
        };
        var change = new Change(revision, type, written, request.Replaces ?? current);
        _history.Add(change);
        changes.Add(change);
        return new WriteResult(WriteOutcome.Written, written);
    }

    private WriteOutcome? Refusal(WriteRequest request, StoredObject? current)
    {
        if (request.Kind != WriteKind.Create)
        {
            if (current is null) return WriteOutcome.NotFound;
            if (current.Revision != request.ExpectedRevision) return WriteOutcome.Conflict;
            bool removesNamespace = request.Kind == WriteKind.Delete && request.Key.Resource == _namespaces;
            return removesNamespace && _anyContent.Number(request.Key.Name) is not null ? WriteOutcome.NamespaceNotEmpty : null;
        }

        if (current is not null) return WriteOutcome.AlreadyExists;
        bool isTaken = request.Key.Resource.Namesake is { } namesake && Get(request.Key with { Resource = namesake }).Object is not null;
        if (isTaken) return WriteOutcome.AlreadyExists;
        if (request.Key.Resource.IsTerminating) return WriteOutcome.KindTerminating;
        if (request.Key.Namespace.Length == 0) return null;
        // Checked with the write itself, so that nothing slips into a namespace that is being emptied.
        (StoredObject? @namespace, bool terminating) = Get(new ObjectKey(_namespaces, "", request.Key.Namespace));
        return @namespace is null ? WriteOutcome.NamespaceNotFound : terminating ? WriteOutcome.NamespaceTerminating : null;
    }

    private void Put(WriteRequest request, StoredObject written, StoredObject? current)
    {
        JsonObject document = written.Document;
        ObjectKey key = request.Key;
        string resource = key.Resource.QualifiedPlural;
        int deleting = document.IsDeleting() ? 1 : 0;
        switch (request.Kind)
        {
            case WriteKind.Create:
                _insert.Execute(resource, key.Namespace, key.Name, written.Uid, written.Revision, deleting, written.Bytes);
                _index.Move(key, before: null, written);
                break;
            case WriteKind.Update:
                _update.Execute(resource, key.Namespace, key.Name, written.Revision, deleting, written.Bytes);
                if (!request.KeepsIndex) _index.Move(key, current, written);
                break;
            default:
                _delete.Execute(resource, key.Namespace, key.Name);
                if (request.Replaces is null) _index.Move(key, current, now: null);
                else _index.Remove(key);
                break;
        }

        bool hadOwners = current is not null && (request.Replaces is not null || current.Json.Span.IndexOf("\"ownerReferences\""u8) >= 0);
        if (hadOwners) _removeOwners.Execute(written.Uid);
        if (request.Kind == WriteKind.Delete) return;
        foreach (JsonObject owner in document.OwnerReferences())
        {
            if (owner.Text("uid") is { } uid) _addOwner.Execute(uid, written.Uid);
        }
    }

    private (StoredObject? Object, bool Deleting) Get(ObjectKey key)
    {
        using SqliteDataReader reader = _get.Query(key.Resource.QualifiedPlural, key.Namespace, key.Name);
        return reader.Read()
            ? (new StoredObject(key, reader.GetString(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(3)), reader.GetInt64(2) == 1)
            : (null, false);
    }
}
