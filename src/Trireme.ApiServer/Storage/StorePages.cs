using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Trireme.ApiServer.Storage;

/// <summary>How large the database file may become, and how what is free in it goes back to the disk.</summary>
internal sealed class StorePages : IDisposable
{
    /// <summary>Free pages that stay in the file for the next writes: what a trimmed history leaves is soon needed again.</summary>
    private const long KeptFreeBytes = 16L << 20;

    /// <summary>Bytes that one step gives back, a transaction of its own.</summary>
    private const long StepBytes = 2L << 20;

    /// <summary>Steps after one commit, so that a large deletion does not hold up the next write for long.</summary>
    private const int StepsAtOnce = 8;

    private readonly SqliteConnection _connection;
    private readonly long _maxBytes;
    private readonly long _pageBytes;
    private readonly SqlStatement _count;
    private readonly SqlStatement _free;
    private readonly SqlStatement _step;

    public StorePages(SqliteConnection connection, long maxBytes)
    {
        _connection = connection;
        _maxBytes = maxBytes;
        _pageBytes = Math.Max(StoreDatabase.Number(connection, "PRAGMA page_size"), 512);
        _count = new SqlStatement(connection, "PRAGMA page_count", 0);
        _free = new SqlStatement(connection, "PRAGMA freelist_count", 0);
        string step = string.Create(CultureInfo.InvariantCulture, $"PRAGMA incremental_vacuum({StepBytes / _pageBytes})");
        _step = new SqlStatement(connection, step, 0);
        Limit(0);
    }

    /// <summary>Bytes of the database file, without what its log holds beside it.</summary>
    public long Bytes => (_count.Number() ?? 0) * _pageBytes;

    /// <summary>Bytes in the file that hold nothing.</summary>
    public long FreeBytes => (_free.Number() ?? 0) * _pageBytes;

    /// <summary>Whether the database could grow by so many bytes.</summary>
    public bool Allows(long bytes) => Bytes - FreeBytes + bytes <= _maxBytes;

    /// <summary>Lets the database grow to its largest size and so many bytes more.</summary>
    public void Limit(long beyond)
    {
        long pages = Math.Max((_maxBytes + beyond) / _pageBytes, 1);
        using var limit = new SqlStatement(_connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"), 0);
        limit.Number();
    }

    /// <summary>Gives free pages back to the disk, some at a time.</summary>
    /// <param name="all">True to keep none, and to give back the write-ahead log too: the disk is full.</param>
    public void GiveBack(bool all)
    {
        long kept = all ? 0 : KeptFreeBytes;
        for (int i = 0; (all || i < StepsAtOnce) && FreeBytes > kept; i++)
        {
            long before = FreeBytes;
            using (SqliteDataReader freed = _step.Query())
            {
                // It gives a page with each row.
                while (freed.Read())
                {
                }
            }

            if (FreeBytes >= before) break;
        }

        if (all) StoreDatabase.Execute(_connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    public void Dispose()
    {
        _count.Dispose();
        _free.Dispose();
        _step.Dispose();
    }
}
