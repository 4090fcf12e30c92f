using Microsoft.Data.Sqlite;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// Rows of zeros whose pages are kept for a full disk. When the rows are deleted their pages stay in the file, where what must be written
/// finds them and no other program can: room that lies beside the database is taken at once by whatever fills the disk. A row is also what
/// the file is made larger with.
/// </summary>
internal sealed class ReservedPages : IDisposable
{
    /// <summary>Room for some dozens of large objects' deletions, which then leave more room than they took.</summary>
    public const long DefaultBytes = 8L << 20;

    /// <summary>Bytes of one row.</summary>
    public const int RowBytes = 256 << 10;

    private readonly StoreTransaction _transaction;
    private readonly SqlStatement _insert;
    private readonly SqlStatement _removeAfter;
    private readonly SqlStatement _count;

    /// <param name="connection">The writing connection.</param>
    /// <param name="bytes">How much to keep.</param>
    public ReservedPages(SqliteConnection connection, long bytes)
    {
        Rows = (int)Math.Max(1, bytes / RowBytes);
        StoreDatabase.Execute(connection, "CREATE TABLE IF NOT EXISTS reserve (id INTEGER PRIMARY KEY, filler BLOB NOT NULL)");
        _transaction = new StoreTransaction(connection, writes: true);
        _insert = new SqlStatement(connection, "INSERT INTO reserve (id, filler) VALUES (@0, zeroblob(@1))", 2);
        _removeAfter = new SqlStatement(connection, "DELETE FROM reserve WHERE id > @0", 1);
        _count = new SqlStatement(connection, "SELECT COUNT(*) FROM reserve WHERE id <= @0", 1);
    }

    /// <summary>How many rows the whole reserve has; those with a higher number are there only while the file is made larger.</summary>
    public int Rows { get; }

    /// <summary>What the whole reserve has.</summary>
    public long Bytes => (long)Rows * RowBytes;

    /// <summary>How many of its rows are there.</summary>
    public int Held => (int)(_count.Number(Rows) ?? 0);

    /// <summary>Has the rows after one of a number be just so many more, all of them written anew.</summary>
    public void Put(int after, int count)
    {
        using StoreTransaction.Scope transaction = _transaction.Begin();
        _removeAfter.Execute(after);
        for (int i = 1; i <= count; i++) _insert.Execute(after + i, RowBytes);
        transaction.Commit();
    }

    /// <summary>Leaves only the rows up to one; the pages of the others are free in the file.</summary>
    public void Keep(int rows) => _removeAfter.Execute(rows);

    public void Dispose()
    {
        _transaction.Dispose();
        _insert.Dispose();
        _removeAfter.Dispose();
        _count.Dispose();
    }
}
