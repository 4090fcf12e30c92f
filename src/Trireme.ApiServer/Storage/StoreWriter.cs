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

    private readonly ServedResource _namespaces;
    private readonly SqliteConnection _connection;
    private readonly StoreTransaction _transaction;
    private readonly StoreHistory _history;
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

    public StoreWriter(string path, ServedResources resources, ApiServerLimits limits)
    {
        _namespaces = resources.Namespace;
        _connection = StoreDatabase.Open(path);
        _transaction = new StoreTransaction(_connection, writes: true);
        _history = new StoreHistory(_connection, limits.HistoryLength, Math.Min(limits.HistoryBytes, limits.MaxStoreBytes / 4));
        _pages = new StorePages(_connection, limits.MaxStoreBytes);
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
        _setRevisions = new SqlStatement(_connection, "UPDATE revisions SET current = @0, compacted = @1", 2);
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
            if (relief) _history.Free(requests.Sum(static request => (3L * request.Object.Json.Length) + OverheadBytes));
            for (int i = 0; i < requests.Count; i++) results[i] = Apply(requests[i], changes);
            if (changes.Count == 0)
            {
                _history.State = historyBefore;
                return changes;
            }

            _history.Trim(_revision);
            _setRevisions.Execute(_revision, _history.Compacted);
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

    /// <summary>Commits a write that changes nothing, the whole way to the disk.</summary>
    public void Probe()
    {
        using StoreTransaction.Scope transaction = _transaction.Begin();
        _setRevisions.Execute(_revision, _history.Compacted);
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
        _history.Dispose();
        _transaction.Dispose();
        _connection.Dispose();
    }

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
                break;
            case WriteKind.Update:
                _update.Execute(resource, key.Namespace, key.Name, written.Revision, deleting, written.Bytes);
                break;
            default:
                _delete.Execute(resource, key.Namespace, key.Name);
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
