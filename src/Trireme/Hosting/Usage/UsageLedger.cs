using System.Collections.Concurrent;
using System.Data.Common;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Usage;
using Trireme.Gateway.Accounting;

namespace Trireme.Hosting.Usage;

/// <summary>
/// The ledger of one gateway: requests write their entries into its spool, and what has ended goes from there into the database that all
/// gateways of the data folder share, many entries at a time. A database that cannot be used stops nothing: entries wait in the spool,
/// which grows up to its bound, and what finds no room is counted.
/// </summary>
internal sealed partial class UsageLedger : IUsageLedger, IAsyncDisposable
{
    /// <summary>Questions that are answered at a time.</summary>
    private const int ReadersMax = 2;

    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(1);

    /// <summary>Longer than another gateway's write is waited for.</summary>
    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(8);

    private readonly UsageLedgerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<UsageLedger> _logger;
    private readonly UsageWriter _writer;
    private readonly string _spoolPath;
    private readonly UsageStore _store;
    private readonly ConcurrentQueue<int> _closed = new();
    private readonly Counter _dropped;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _readers = new(ReadersMax);
    private volatile UsageSpool? _spool;
    private Task _writing = Task.CompletedTask;
    private bool _isDisposed;
    private long _toldDrops = long.MinValue;

    /// <summary>Entries without room since it was last looked at.</summary>
    private long _lost;

    /// <param name="place">Where its files lie.</param>
    /// <param name="options">What it keeps.</param>
    /// <param name="metrics">Counts what becomes of entries.</param>
    /// <param name="time">The time.</param>
    /// <param name="logger">Told of trouble.</param>
    public UsageLedger(
        UsagePlace place, UsageLedgerOptions options, MetricRegistry metrics, TimeProvider time, ILogger<UsageLedger> logger)
    {
        (_options, _time, _logger, _spoolPath, _store) = (options, time, logger, place.Spool, place.Store);
        _dropped = metrics.Counter(
            GatewayMetricNames.LedgerDropped,
            "Requests that have no entry in the usage ledger: no_room in the spool, damaged in it, or names that are too_long for it.",
            "reason");
        foreach (string reason in (string[])[NoRoom, DamagedSlot, TooLong]) _dropped.With(reason).Add(0);
        _writer = new UsageWriter(place, options, metrics, time, logger);
        metrics.Gauge(GatewayMetricNames.LedgerWaiting, "Ended requests whose entries wait for the usage ledger's file.")
            .With().SetSource(() => _closed.Count + _writer.Waiting);
    }

    private const string NoRoom = "no_room";
    private const string DamagedSlot = "damaged";
    private const string TooLong = "too_long";

    public bool IsKept => true;

    internal DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Opens the spool, takes over what earlier processes left, and goes on with what was spent.</summary>
    /// <param name="restore">Takes what keys, tenants and services have spent before.</param>
    /// <param name="patience">How long the database is waited for; it is tried further in the background.</param>
    public async Task StartAsync(RestoreSpent restore, TimeSpan patience)
    {
        _writer.Restore = restore;
        OpenSpool();
        Task<bool> first = _writer.BeginAsync();
        await Task.WhenAny(first, Task.Delay(patience, _time));
        if (!first.IsCompletedSuccessfully || !await first) _writer.RestoreRecovered();
        _writing = WriteAsync();
    }

    public IUsageEntry? Begin(in UsageSubject subject)
    {
        if (_spool is not { } spool || !spool.TryRent(out int slot, out long sequence)) return Drop(NoRoom);
        try
        {
            Span<byte> bytes = stackalloc byte[SpoolSlot.Bytes];
            if (!SpoolSlot.TryBegin(bytes, sequence, subject))
            {
                spool.Free(slot);
                return Drop(TooLong);
            }

            spool.Write(slot, 0, bytes);
            spool.Number(slot, sequence);
            return new SpoolEntry(this, spool, slot, sequence);
        }
        catch (ObjectDisposedException)
        {
            return Drop(NoRoom);
        }
    }

    /// <summary>Writes what has ended until now into the database.</summary>
    /// <returns>Whether all of it is there.</returns>
    public async Task<bool> FlushAsync()
    {
        if (_spool is not { } spool) return false;
        return await _writer.WriteAsync(spool, _closed);
    }

    public async Task<UsageReport> ReadAsync(UsageQuestion question, CancellationToken cancellationToken)
    {
        // Whoever asks on and on waits for himself, and takes no more of the machine than these.
        if (!await _readers.WaitAsync(ReadPatience, cancellationToken)) throw new IOException("too many ask what was used at a time");
        Task<UsageReport> reading = ReadNowAsync(question);
        try
        {
            return await reading.WaitAsync(ReadPatience, _time, cancellationToken);
        }
        catch (Exception exception) when (exception is DbException or TimeoutException)
        {
            throw new IOException($"{_store.Name} cannot be read: {exception.Message}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        await _stop.CancelAsync();
        await _writing;
        await FlushAsync();
        UsageSpool? spool = _spool;
        _spool = null;
        await _writer.DisposeAsync();
        spool?.Dispose();
        _stop.Dispose();
    }

    /// <summary>A request has ended.</summary>
    internal void Closed(int slot) => _closed.Enqueue(slot);

    private async Task<UsageReport> ReadNowAsync(UsageQuestion question)
    {
        try
        {
            // What has ended just now belongs to it; a file that cannot be written may still be read.
            await FlushAsync();
            return await Task.Run(() => UsageReader.Read(_store, question));
        }
        finally
        {
            _readers.Release();
        }
    }

    private async Task WriteAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(WriteEvery, _time, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            if (_spool is null) OpenSpool();
            else Grow(_spool);
            await FlushAsync();
            if (Interlocked.Exchange(ref _lost, 0) is var lost and > 0 && _spool is not null)
            {
                Tell($"{lost} had none within a second, and all {_options.MaxSpoolBytes} bytes it may have are in use or asked for");
            }
        }
    }

    private SpoolEntry? Drop(string reason)
    {
        _dropped.With(reason).Add();
        if (reason == NoRoom) Interlocked.Increment(ref _lost);
        return null;
    }

    private void OpenSpool()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_spoolPath)!);
            var spool = UsageSpool.Open(_spoolPath, _options.MaxSpoolBytes);
            _dropped.With(DamagedSlot).Add(spool.Damaged);
            if (spool.Damaged > 0) LogDamaged(spool.Damaged, _spoolPath);
            _writer.TakeOver(spool, isOwn: true);
            _spool = spool;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Tell(exception.Message);
        }
    }

    private void Grow(UsageSpool spool)
    {
        if (!spool.IsScarce) return;
        try
        {
            spool.Grow();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Tell(exception.Message);
        }
    }

    /// <summary>Once a minute at most: it is tried every second.</summary>
    private void Tell(string problem)
    {
        long now = _time.GetTimestamp();
        if (_toldDrops != long.MinValue && _time.GetElapsedTime(_toldDrops, now) < TimeSpan.FromMinutes(1)) return;
        _toldDrops = now;
        LogNoSpool(_spoolPath, problem);
    }

    [LoggerMessage(
        LogLevel.Error,
        "The usage of requests may be lost, because {Spool} has no room for their entries: {Problem}. Answers go on, and "
        + "trireme_gateway_ledger_dropped_total counts what is lost. Make room on its disk; it is tried again every second")]
    private partial void LogNoSpool(string spool, string problem);

    [LoggerMessage(LogLevel.Error, "{Count} entries in {Spool} are damaged and cannot be counted")]
    private partial void LogDamaged(int count, string spool);
}
