using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// How large the database file becomes, and what of it is kept for a full disk. The file grows in steps that are on the disk before
/// anything uses them, and no write may make it larger by itself. So whatever is committed into the write-ahead log can be carried into
/// the file on a full disk too, and the log, which stays as long as it is, be written from its start again.
/// </summary>
internal sealed class StorePages : IDisposable
{
    /// <summary>Free pages that stay in the file for the next writes: what a trimmed history leaves is soon needed again.</summary>
    private const long KeptFreeBytes = 8L << 20;

    /// <summary>Bytes that one step takes from the disk or gives back, a transaction of its own.</summary>
    private const long StepBytes = 2L << 20;

    /// <summary>Steps after one commit, so that a large deletion does not hold up the next write for long.</summary>
    private const int StepsAtOnce = 8;

    private readonly SqliteConnection _connection;
    private readonly string _path;
    private readonly long _maxBytes;
    private readonly long _pageBytes;
    private readonly ReservedPages _reserve;
    private readonly SqlStatement _count;
    private readonly SqlStatement _free;
    private readonly SqlStatement _restartLog;

    /// <param name="connection">The writing connection.</param>
    /// <param name="path">The database.</param>
    /// <param name="maxBytes">Its largest size, beside the reserve.</param>
    /// <param name="reserveBytes">What is kept for a full disk.</param>
    public StorePages(SqliteConnection connection, string path, long maxBytes, long reserveBytes)
    {
        _connection = connection;
        _path = path;
        _pageBytes = Math.Max(StoreDatabase.Number(connection, "PRAGMA page_size"), 512);
        _reserve = new ReservedPages(connection, reserveBytes);
        _maxBytes = maxBytes;
        _count = new SqlStatement(connection, "PRAGMA page_count", 0);
        _free = new SqlStatement(connection, "PRAGMA freelist_count", 0);
        _restartLog = new SqlStatement(connection, "PRAGMA wal_checkpoint(RESTART)", 0);
        Freeze();
    }

    /// <summary>Bytes of the database file, without what its log holds beside it.</summary>
    public long Bytes => (_count.Number() ?? 0) * _pageBytes;

    /// <summary>Bytes in the file that hold nothing, beside the reserve.</summary>
    public long FreeBytes => (_free.Number() ?? 0) * _pageBytes;

    /// <summary>Bytes in the file that are kept for a full disk.</summary>
    public long ReservedBytes => (long)_reserve.Held * ReservedPages.RowBytes;

    /// <summary>Whether what the database holds could grow by so many bytes, as far as its own limit goes.</summary>
    public bool Allows(long bytes) => Bytes - FreeBytes - ReservedBytes + bytes <= _maxBytes;

    /// <summary>Takes the reserve, or finds that it is there, with a log that is long enough to use it.</summary>
    /// <returns>False where there is no room; what there is stays.</returns>
    public bool TryReserve()
    {
        _reserve.Keep(_reserve.Rows);
        int held = _reserve.Held;
        if (held < _reserve.Rows && !TryPut(held, _reserve.Rows - held)) return false;
        return LogBytes() >= Math.Min(StoreDatabase.LogBytesKept, _reserve.Bytes) || TryPut(0, _reserve.Rows);
    }

    /// <summary>Makes the file larger, so that so many bytes are free in it, as far as the database may grow.</summary>
    /// <returns>False where the disk has no room at all, or the database has its largest size.</returns>
    public bool TryGrow(long bytes)
    {
        long before = Bytes;
        long wanted = Math.Min(before + Math.Max(bytes - FreeBytes, StepBytes), _maxBytes + _reserve.Bytes);
        int last = _reserve.Rows;

        // Rows take what is free first. They stay until the file is as large as wanted.
        while (Bytes < wanted)
        {
            int rows = (int)Math.Clamp((wanted - Bytes) / ReservedPages.RowBytes, 1, StepBytes / ReservedPages.RowBytes);
            if (!TryPut(last, rows)) break;
            last += rows;
        }

        _reserve.Keep(_reserve.Rows);
        return Bytes > before;
    }

    /// <summary>
    /// Gives the reserve to what must be written, and has the log begin anew: it is as long as it can be, and only a log that is carried
    /// into the file whole is written from its start.
    /// </summary>
    public void Relieve()
    {
        try
        {
            RestartLog();
        }
        catch (SqliteException exception) when (StoreFault.IsFull(exception))
        {
            // A step that made the file larger may have ended half way. What follows takes it back.
        }

        _reserve.Keep(0);
        CutTo(new FileInfo(_path).Length);
        RestartLog();
    }

    /// <summary>Gives free pages back to the disk, some at a time.</summary>
    /// <param name="isFull">
    /// True on a full disk: no more is kept than a whole reserve, and the log stays as long as it is, since no room that is given back
    /// comes again for sure.
    /// </param>
    public void GiveBack(bool isFull)
    {
        long kept = isFull ? _reserve.Bytes - ReservedBytes : KeptFreeBytes;
        for (int i = 0; (isFull || i < StepsAtOnce) && FreeBytes > kept; i++)
        {
            long before = FreeBytes;
            Cut(Math.Min(StepBytes, before - kept));
            if (isFull) RestartLog();
            Freeze();
            if (FreeBytes >= before) break;
        }
    }

    public void Dispose()
    {
        _reserve.Dispose();
        _count.Dispose();
        _free.Dispose();
        _restartLog.Dispose();
    }

    /// <summary>Writes rows and has them on the disk, or leaves the file as it was.</summary>
    private bool TryPut(int after, int count)
    {
        long before = Bytes;
        int held = _reserve.Held;
        try
        {
            // The step must find the log at its start, so that there is room in it to take the step back.
            RestartLog();
            Limit((_maxBytes + _reserve.Bytes) / _pageBytes);
            _reserve.Put(after, count);
            RestartLog();
            return true;
        }
        catch (SqliteException exception) when (StoreFault.IsFull(exception))
        {
            _reserve.Keep(Math.Max(after, held));
            CutTo(before);
            RestartLog();
            return false;
        }
        finally
        {
            Freeze();
        }
    }

    /// <summary>Cuts the file to a size, as far as its free pages go. A step may leave a page of bookkeeping.</summary>
    private void CutTo(long bytes)
    {
        for (long last = long.MaxValue; Bytes is var now && now > bytes && now < last; last = now) Cut(now - bytes);
    }

    /// <summary>Takes free pages from the file's end, moving there what lies behind them.</summary>
    private void Cut(long bytes)
    {
        string sql = string.Create(CultureInfo.InvariantCulture, $"PRAGMA incremental_vacuum({Math.Max(bytes / _pageBytes, 1)})");
        using var cut = new SqlStatement(_connection, sql, 0);
        using SqliteDataReader freed = cut.Query();

        // It takes a page with each row.
        while (freed.Read())
        {
        }
    }

    /// <summary>Carries the log into the file; the next write begins at its start, where no reader still needs what is there.</summary>
    private void RestartLog() => _restartLog.Execute();

    /// <summary>No write may make the file larger than it is.</summary>
    private void Freeze() => Limit(_count.Number() ?? 0);

    private void Limit(long pages)
    {
        using var limit = new SqlStatement(_connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"), 0);
        limit.Number();
    }

    private long LogBytes() => new FileInfo(_path + "-wal") is { Exists: true } log ? log.Length : 0;
}
