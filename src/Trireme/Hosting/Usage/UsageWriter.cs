using System.Collections.Concurrent;
using System.Data.Common;
using Trireme.Contracts.Metrics;
using Trireme.Gateway.Limits;

namespace Trireme.Hosting.Usage;

/// <summary>
/// Moves entries from spools into the database, away from the threads that answer. A slot is freed when its entry is committed, and an
/// entry that is committed already is not counted again, so each counts once wherever this is broken off.
/// </summary>
internal sealed partial class UsageWriter : IAsyncDisposable
{
    private const int BatchEntries = 1000;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly UsagePlace _place;
    private readonly UsageLedgerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Counter.Series _written;
    private readonly Gauge.Series _writable;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _recovering = new();

    /// <summary>What earlier processes left, until it is written.</summary>
    private readonly List<(UsageSpool Spool, bool IsOwn, int Slot, UsageRecord Entry)> _recovered = [];
    private readonly List<UsageSpool> _orphans = [];

    /// <summary>Slots that are being written.</summary>
    private readonly List<int> _batch = [];
    private List<SpentBefore> _provisional = [];
    private UsageDatabase? _database;
    private bool _isRestored;
    private bool _isDisposed;
    private long? _failedAt;
    private long? _sweptAt;

    public UsageWriter(UsagePlace place, UsageLedgerOptions options, MetricRegistry metrics, TimeProvider time, ILogger logger)
    {
        (_place, _options, _time, _logger) = (place, options, time, logger);
        _written = metrics.Counter(GatewayMetricNames.LedgerWritten, "Requests whose entries were written into the usage ledger's file.")
            .With();
        _writable = metrics.Gauge(
            GatewayMetricNames.LedgerWritable, "1 while the usage ledger's file can be written, else 0: entries wait then.").With();
        _writable.Set(1);
    }

    /// <summary>Takes what was spent before.</summary>
    public RestoreSpent Restore { get; set; } = static (_, _) => { };

    /// <summary>Entries that are neither in the queue nor written.</summary>
    public int Waiting
    {
        get
        {
            lock (_recovering) return _recovered.Count + _batch.Count;
        }
    }

    /// <summary>Takes over what an earlier process left in a spool.</summary>
    public void TakeOver(UsageSpool spool, bool isOwn)
    {
        lock (_recovering)
        {
            _recovered.AddRange(spool.Recovered.Select(left => (spool, isOwn, left.Slot, left.Entry)));
            if (!isOwn) _orphans.Add(spool);
        }
    }

    /// <summary>Writes what earlier processes left, and goes on with what was spent.</summary>
    public Task<bool> BeginAsync() => WriteAsync(null, new ConcurrentQueue<int>());

    /// <summary>Goes on with what earlier processes left at least, while the database cannot be read.</summary>
    public void RestoreRecovered()
    {
        lock (_recovering)
        {
            if (_isRestored) return;
            DateTimeOffset now = _time.GetUtcNow();
            _provisional = SpentSums.Of(_recovered.Select(static left => left.Entry), now);
            Restore(_provisional, now);
        }
    }

    /// <summary>Writes all that waits, in order.</summary>
    /// <returns>Whether all of it is written.</returns>
    public async Task<bool> WriteAsync(UsageSpool? spool, ConcurrentQueue<int> closed)
    {
        await _turn.WaitAsync();
        try
        {
            if (_isDisposed || (_failedAt is { } at && _time.GetElapsedTime(at) < RetryAfter)) return false;
            await Task.Run(() => WriteNow(spool, closed));
            if (_failedAt is not null) LogAgain(_place.Store.Name);
            _failedAt = null;
            _writable.Set(1);
            return true;
        }
        catch (Exception exception) when (
            exception is DbException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // What is wrong may be of the connection alone.
            _database?.Dispose();
            _database = null;
            if (_failedAt is null) LogFailed(_place.Store.Name, exception.Message, _place.Spool);
            _failedAt = _time.GetTimestamp();
            _writable.Set(0);
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        _isDisposed = true;
        _database?.Dispose();
        foreach (UsageSpool orphan in _orphans) orphan.Dispose();
        _turn.Release();
    }

    private void WriteNow(UsageSpool? spool, ConcurrentQueue<int> closed)
    {
        bool sweeps = _sweptAt is not { } swept || _time.GetElapsedTime(swept) >= SweepEvery;
        if (sweeps) TakeOverOthers();
        _database ??= UsageDatabase.Open(_place.Store);
        WriteRecovered(_database);
        if (spool is not null) WriteClosed(_database, spool, closed);
        if (!sweeps) return;
        _database.Sweep(_options, _time.GetUtcNow());
        _sweptAt = _time.GetTimestamp();
    }

    private void WriteRecovered(UsageDatabase database)
    {
        // Only this reads and clears them, one at a time.
        if (_recovered.Count > 0) _written.Add(database.Write(_recovered.Select(static left => left.Entry)));
        lock (_recovering)
        {
            foreach ((UsageSpool spool, bool isOwn, int slot, _) in _recovered)
            {
                if (isOwn) spool.Free(slot);
            }

            foreach (UsageSpool orphan in _orphans) orphan.Delete();
            _orphans.Clear();
            _recovered.Clear();
            if (_isRestored) return;
            DateTimeOffset now = _time.GetUtcNow();
            Restore(SpentSums.Without(database.SpentIn(now), _provisional), now);
            _isRestored = true;
        }
    }

    private void WriteClosed(UsageDatabase database, UsageSpool spool, ConcurrentQueue<int> closed)
    {
        byte[] bytes = new byte[SpoolSlot.Bytes];
        while (true)
        {
            while (_batch.Count < BatchEntries && closed.TryDequeue(out int slot)) _batch.Add(slot);
            if (_batch.Count == 0) return;
            var entries = new List<UsageRecord>(_batch.Count);
            foreach (int slot in _batch)
            {
                spool.Read(slot, bytes);
                if (SpoolSlot.Read(bytes) is { } entry) entries.Add(entry);
            }

            _written.Add(database.Write(entries));
            foreach (int slot in _batch) spool.Free(slot);
            _batch.Clear();
        }
    }

    /// <summary>Takes over what other gateways left whose processes have ended: their locks went with them.</summary>
    private void TakeOverOthers()
    {
        foreach (string path in _place.OtherSpools())
        {
            try
            {
                TakeOver(UsageSpool.Open(path, 0), isOwn: false);
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                // It runs, or another gateway is faster.
            }
        }
    }

    [LoggerMessage(
        LogLevel.Error,
        "Usage is not written, because {Store} cannot be used: {Problem}. Answers go on, entries wait in {Spool}, and what it has no room "
        + "for is counted. It is tried again every few seconds; put a backup in the place of a damaged file, or move it away to begin with "
        + "an empty one")]
    private partial void LogFailed(string store, string problem, string spool);

    [LoggerMessage(LogLevel.Information, "Usage is written again into {Store}")]
    private partial void LogAgain(string store);
}
