using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Watching;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// Commits batches and tells their watchers. Where the disk is full, ordinary writes are refused, and what makes room or says what died
/// goes on from the reserve in the database; once there is room again, everything goes on. One caller at a time.
/// </summary>
internal sealed class StoreCommitter : IDisposable
{
    /// <summary>What of a batch is written at once on a full disk, so that the log need not become longer than it is.</summary>
    private const long MaxEssentialBytes = 2L << 20;

    private readonly string _path;
    private readonly ServedResources _resources;
    private readonly ApiServerLimits _limits;
    private readonly StartReserve _start;
    private readonly long _reserveBytes;
    private readonly RecentObjects _recent;
    private readonly bool _isIndexed;

    /// <summary>Open as long as the store: the last connection to close removes the log, and a full disk has no room for another.</summary>
    private readonly SqliteConnection _anchor;
    private StoreWriter? _writer;
    private bool _pressed;
    private volatile StoreCondition _condition = StoreCondition.Good;
    private volatile StoreSizes _sizes = new(0, 0, 0, 0);

    public StoreCommitter(
        string path, ServedResources resources, ApiServerLimits limits, StartReserve start, RecentObjects recent, bool isIndexed)
    {
        _path = path;
        _resources = resources;
        _limits = limits;
        _start = start;
        _reserveBytes = Math.Min(ReservedPages.DefaultBytes, limits.MaxStoreBytes / 8);
        _recent = recent;
        _isIndexed = isIndexed;
        _anchor = StoreDatabase.Open(path);
        Changes = new ChangeFeed(
            StoreDatabase.Number(_anchor, "SELECT current FROM revisions"), limits.WatchQueueLength, limits.WatchQueueBytes);
        StoreWriter writer = Writer();
        if (!start.TryRenew())
        {
            // A start on a full disk has more to write than the store's own files.
            start.Release();
            Press();
        }
        else if (!writer.Pages.TryReserve())
        {
            Press();
        }

        Measure(writer);
    }

    public ChangeFeed Changes { get; }

    /// <summary>What keeps the store from taking ordinary writes, by the last of them or the last probe.</summary>
    public StoreCondition Condition => _condition;

    public StoreSizes Sizes => _sizes;

    /// <summary>Commits a batch and tells each of its writes what became of it.</summary>
    public void Write(List<PendingWrite> batch)
    {
        try
        {
            if (_pressed && !TryEase())
            {
                WriteEssentials(batch);
                return;
            }

            CommitOrGrow(batch);
        }
        catch (SqliteException exception) when (MeansFull(exception))
        {
            Press();
            WriteEssentials(batch);
        }
        catch (Exception exception)
        {
            Fail(batch, exception);
        }
    }

    /// <summary>Commits a write that changes nothing, and looks whether there is room for one that does.</summary>
    public void Probe()
    {
        try
        {
            if (_pressed) TryEase();
            StoreWriter writer = Writer();
            writer.Probe();
            if (_pressed) return;
            bool room = _start.HasMargin() && writer.Pages.Allows(_start.MarginBytes);
            _condition = room ? StoreCondition.Good : Full();
        }
        catch (SqliteException exception) when (MeansFull(exception))
        {
            Press();
        }
        catch (Exception exception)
        {
            Explain(exception);
        }
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _anchor.Dispose();
    }

    /// <summary>On a full disk: writes what makes room and what says who died, and refuses the rest.</summary>
    private void WriteEssentials(List<PendingWrite> batch)
    {
        StoreUnavailableException full = StoreFault.FullNow(_path);
        List<PendingWrite> essential = batch.FindAll(static pending => pending.Request!.IsEssential);
        foreach (PendingWrite pending in batch)
        {
            if (!pending.Request!.IsEssential) pending.Done.TrySetException(full);
        }

        for (int first = 0, count; first < essential.Count; first += count)
        {
            count = CountAtOnce(essential, first);
            List<PendingWrite> part = essential.GetRange(first, count);
            try
            {
                Writer().Pages.Relieve();
                Commit(part, relief: true);
            }
            catch (Exception exception)
            {
                Fail(part, exception);
            }
        }
    }

    /// <summary>How many of the writes from one on go together; one at least, however large it is.</summary>
    private static int CountAtOnce(List<PendingWrite> writes, int first)
    {
        int count = 0;
        long bytes = 0;
        do
        {
            bytes += StoreWriter.BytesOf(writes[first + count].Request!);
        }
        while (++count < writes.Count - first && bytes < MaxEssentialBytes);
        return count;
    }

    /// <summary>Commits a batch, and makes the file larger where it has no room for it.</summary>
    private void CommitOrGrow(List<PendingWrite> batch)
    {
        try
        {
            Commit(batch, relief: false);
        }
        catch (SqliteException exception) when (StoreFault.IsFull(exception) && TryGrow(batch))
        {
            Commit(batch, relief: false);
        }
    }

    private bool TryGrow(List<PendingWrite> batch) =>
        Writer().Pages.TryGrow(batch.Sum(static pending => StoreWriter.BytesOf(pending.Request!)));

    private void Commit(List<PendingWrite> batch, bool relief)
    {
        StoreWriter writer = Writer();
        var results = new WriteResult[batch.Count];
        IReadOnlyList<Change> changes = _recent.Commit(writer.Commit([.. batch.Select(pending => pending.Request!)], results, relief));
        // Watchers come first, so that whoever sees the answer to a write can rely on watches being at least as new.
        Changes.Publish(changes);
        for (int i = 0; i < batch.Count; i++) batch[i].Done.TrySetResult(results[i]);
        if (_condition.Trouble != StoreTrouble.Full) _condition = StoreCondition.Good;
        GiveBack(writer);
    }

    private void GiveBack(StoreWriter writer)
    {
        try
        {
            writer.Pages.GiveBack(_pressed);
            Measure(writer);
        }
        catch (SqliteException exception)
        {
            // What was written is written, and the file is as large as before until the next commit.
            if (!MeansFull(exception)) Explain(exception);
        }
    }

    /// <summary>From now on only what must be written is, from the reserve.</summary>
    private void Press()
    {
        _pressed = true;
        _condition = Full();
        _start.Defer();
    }

    /// <summary>Tries to go back to where every write is taken.</summary>
    private bool TryEase()
    {
        StoreWriter writer = Writer();
        if (!writer.Pages.Allows(_reserveBytes) || !_start.TryHoldAgain() || !writer.Pages.TryReserve()) return false;
        _pressed = false;
        _condition = StoreCondition.Good;
        return true;
    }

    private void Measure(StoreWriter writer) =>
        _sizes = new StoreSizes(writer.Pages.Bytes, writer.Pages.FreeBytes, writer.Pages.ReservedBytes, writer.HistoryBytes);

    /// <summary>The writing connection; a new one after a failure that may have left the last in any state.</summary>
    private StoreWriter Writer() => _writer ??= new StoreWriter(_path, _resources, _limits, _reserveBytes, _isIndexed);

    /// <summary>Some file systems answer a write without room like one to a broken disk.</summary>
    private bool MeansFull(SqliteException exception) =>
        StoreFault.IsFull(exception) || (StoreFault.IsInputOutput(exception) && !_start.HasMargin());

    private StoreCondition Full() => new(StoreTrouble.Full, StoreFault.FullNow(_path).Message);

    private void Fail(List<PendingWrite> batch, Exception exception)
    {
        Exception told = Explain(exception);
        foreach (PendingWrite pending in batch) pending.Done.TrySetException(told);
    }

    /// <summary>Has the next write begin with a new connection, and says why this one failed.</summary>
    private Exception Explain(Exception exception)
    {
        if (exception is not SqliteException fault) return exception;
        _writer?.Dispose();
        _writer = null;
        StoreUnavailableException told = MeansFull(fault) ? StoreFault.FullNow(_path, fault) : StoreFault.While(_path, fault);
        _condition = new StoreCondition(told.Trouble, told.Message);
        return told;
    }
}
