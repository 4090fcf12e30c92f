using Microsoft.Data.Sqlite;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// Transactions of one connection by plain statements. The driver's own object would have to be assigned to every prepared
/// statement each time.
/// </summary>
internal sealed class StoreTransaction(SqliteConnection connection, bool writes) : IDisposable
{
    /// <summary>SQLite's generic error, which a rollback without a transaction is.</summary>
    private const int NoTransaction = 1;

    private readonly SqlStatement _begin = new(connection, writes ? "BEGIN IMMEDIATE" : "BEGIN", 0);
    private readonly SqlStatement _commit = new(connection, "COMMIT", 0);
    private readonly SqlStatement _rollback = new(connection, "ROLLBACK", 0);

    /// <summary>Begins; disposing of the result rolls back unless it was committed.</summary>
    public Scope Begin()
    {
        _begin.Execute();
        return new Scope(this);
    }

    public void Dispose()
    {
        _begin.Dispose();
        _commit.Dispose();
        _rollback.Dispose();
    }

    internal sealed class Scope(StoreTransaction transaction) : IDisposable
    {
        private bool _ended;

        public void Commit()
        {
            transaction._commit.Execute();
            _ended = true;
        }

        public void Dispose()
        {
            if (_ended) return;
            _ended = true;
            try
            {
                transaction._rollback.Execute();
            }
            catch (SqliteException exception) when (exception.SqliteErrorCode == NoTransaction)
            {
                // SQLite has rolled back itself, as it may where the disk is full or fails.
            }
        }
    }
}
