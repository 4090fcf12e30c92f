using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>The one writing connection: turns requests into committed changes. One caller at a time.</summary>
internal sealed class StoreWriter : IDisposable
{
    private readonly ServedResource _namespaces;
    private readonly int _historyLength;
    private readonly SqliteConnection _connection;
    private readonly StoreTransaction _transaction;
    private readonly SqlStatement _get;
    private readonly SqlStatement _insert;
    private readonly SqlStatement _update;
    private readonly SqlStatement _delete;
    private readonly SqlStatement _anyContent;
    private readonly SqlStatement _addOwner;
    private readonly SqlStatement _removeOwners;
    private readonly SqlStatement _addChange;
    private readonly SqlStatement _trimChanges;
    private readonly SqlStatement _setRevisions;
    private long _revision;
    private long _compacted;

    public StoreWriter(string path, ServedResources resources, int historyLength)
    {
        _namespaces = resources.Namespace;
        _historyLength = historyLength;
        _connection = StoreDatabase.Open(path);
        _transaction = new StoreTransaction(_connection, writes: true);
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
        _addChange = new SqlStatement(
            _connection,
            "INSERT INTO changes (revision, type, resource, namespace, name, uid, document, previous) "
            + "VALUES (@0, @1, @2, @3, @4, @5, @6, @7)",
            8);
        _trimChanges = new SqlStatement(_connection, "DELETE FROM changes WHERE revision <= @0", 1);
        _setRevisions = new SqlStatement(_connection, "UPDATE revisions SET current = @0, compacted = @1", 2);
        _revision = StoreDatabase.Number(_connection, "SELECT current FROM revisions");
        _compacted = StoreDatabase.Number(_connection, "SELECT compacted FROM revisions");
    }

    /// <summary>The last committed revision.</summary>
    public long Revision => _revision;

    /// <summary>
    /// Writes a batch in one transaction, so that concurrent writers share one wait for the disk. Each request succeeds or
    /// is refused on its own; an I/O failure leaves all of them unwritten.
    /// </summary>
    public IReadOnlyList<Change> Commit(IReadOnlyList<WriteRequest> requests, Span<WriteResult> results)
    {
        long revisionBefore = _revision;
        long compactedBefore = _compacted;
        var changes = new List<Change>(requests.Count);
        try
        {
            using StoreTransaction.Scope transaction = _transaction.Begin();
            for (int i = 0; i < requests.Count; i++) results[i] = Apply(requests[i], changes);
            if (changes.Count == 0) return changes;

            TrimHistory();
            _setRevisions.Execute(_revision, _compacted);
            transaction.Commit();
            return changes;
        }
        catch
        {
            _revision = revisionBefore;
            _compacted = compactedBefore;
            throw;
        }
    }

    public void Dispose()
    {
        foreach (SqlStatement statement in (ReadOnlySpan<SqlStatement>)
            [_get, _insert, _update, _delete, _anyContent, _addOwner, _removeOwners, _addChange, _trimChanges, _setRevisions])
        {
            statement.Dispose();
        }

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
        ObjectKey key = request.Key;
        object previous = current is null ? DBNull.Value : current.Bytes;
        _addChange.Execute(
            revision, (int)type, key.Resource.QualifiedPlural, key.Namespace, key.Name, written.Uid, written.Bytes, previous);
        changes.Add(new Change(revision, type, written, current));
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

        if (current is not null && current.Json.Span.IndexOf("\"ownerReferences\""u8) >= 0) _removeOwners.Execute(written.Uid);
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

    private void TrimHistory()
    {
        // Trimming a tenth at a time keeps the cost off most commits.
        if (_revision - _compacted <= _historyLength + (_historyLength / 10)) return;
        _compacted = _revision - _historyLength;
        _trimChanges.Execute(_compacted);
    }
}
