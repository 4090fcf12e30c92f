using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>The changes that watches resume from, bounded by their number and by their bytes. Part of the writer's transactions.</summary>
internal sealed class StoreHistory : IDisposable
{
    /// <summary>What a change takes beside its two objects: its key, its place in the tree and the page it shares.</summary>
    private const int RowBytes = 256;

    private readonly int _maxLength;
    private readonly long _maxBytes;
    private readonly SqlStatement _add;
    private readonly SqlStatement _oldest;
    private readonly SqlStatement _trim;

    public StoreHistory(SqliteConnection connection, int maxLength, long maxBytes)
    {
        _maxLength = maxLength;
        _maxBytes = maxBytes;
        _add = new SqlStatement(
            connection,
            "INSERT INTO changes (revision, type, resource, namespace, name, uid, document, previous) "
            + "VALUES (@0, @1, @2, @3, @4, @5, @6, @7)",
            8);
        _oldest = new SqlStatement(
            connection, "SELECT revision, length(document) + ifnull(length(previous), 0) FROM changes ORDER BY revision", 0);
        _trim = new SqlStatement(connection, "DELETE FROM changes WHERE revision <= @0", 1);
        Compacted = StoreDatabase.Number(connection, "SELECT compacted FROM revisions");
        Bytes = StoreDatabase.Number(connection, "SELECT SUM(length(document) + ifnull(length(previous), 0)) FROM changes")
            + (RowBytes * StoreDatabase.Number(connection, "SELECT COUNT(*) FROM changes"));
    }

    /// <summary>The revision up to which changes are forgotten.</summary>
    public long Compacted { get; private set; }

    /// <summary>What the kept changes take on disk, roughly.</summary>
    public long Bytes { get; private set; }

    /// <summary>What a failed transaction goes back to.</summary>
    public (long Compacted, long Bytes) State
    {
        get => (Compacted, Bytes);
        set => (Compacted, Bytes) = value;
    }

    public void Add(Change change)
    {
        ObjectKey key = change.Object.Key;
        object previous = change.Previous is { } before ? before.Bytes : DBNull.Value;
        _add.Execute(
            change.Revision,
            (int)change.Type,
            key.Resource.QualifiedPlural,
            key.Namespace,
            key.Name,
            change.Object.Uid,
            change.Object.Bytes,
            previous);
        Bytes += RowBytes + change.Object.Json.Length + (change.Previous?.Json.Length ?? 0);
    }

    /// <summary>Forgets the oldest changes beyond the bounds; a tenth more at a time, which keeps the cost off most commits.</summary>
    public void Trim(long revision)
    {
        bool tooMany = revision - Compacted > _maxLength + (_maxLength / 10);
        bool tooLarge = Bytes > _maxBytes;
        if (!tooMany && !tooLarge) return;
        Forget(tooMany ? revision - _maxLength : Compacted, tooLarge ? _maxBytes - (_maxBytes / 10) : long.MaxValue);
    }

    /// <summary>Forgets at least so many bytes of the oldest changes, where there are as many.</summary>
    public void Free(long bytes) => Forget(Compacted, Math.Max(Bytes - bytes, 0));

    public void Dispose()
    {
        _add.Dispose();
        _oldest.Dispose();
        _trim.Dispose();
    }

    private void Forget(long upTo, long mostBytes)
    {
        long last = upTo;
        long kept = Bytes;
        using (SqliteDataReader reader = _oldest.Query())
        {
            while (reader.Read() && (reader.GetInt64(0) <= upTo || kept > mostBytes))
            {
                last = Math.Max(last, reader.GetInt64(0));
                kept -= RowBytes + reader.GetInt64(1);
            }
        }

        if (last <= Compacted) return;
        _trim.Execute(last);
        Compacted = last;
        Bytes = kept;
    }
}
