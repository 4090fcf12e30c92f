using System.Threading.Channels;

namespace Trireme.ApiServer.Storage;

/// <summary>The writes that wait for the disk, bounded by their number and their bytes; one at a time takes what has gathered.</summary>
internal sealed class StoreWriteQueue : IAsyncDisposable
{
    private const int MaxQueuedWrites = 1024;
    private const int MaxBatch = 64;

    /// <summary>JSON of one transaction; all of it is in memory and in the write-ahead log at once.</summary>
    private const long MaxBatchBytes = 8L << 20;

    /// <summary>JSON of all writes that wait; more are refused rather than held.</summary>
    private const long MaxQueuedBytes = 64L << 20;

    private readonly StoreCommitter _committer;
    private readonly Channel<PendingWrite> _queue = Channel.CreateBounded<PendingWrite>(MaxQueuedWrites);
    private readonly Task _writing;
    private long _queuedBytes;

    public StoreWriteQueue(StoreCommitter committer)
    {
        _committer = committer;
        _writing = Task.Run(WriteQueuedAsync);
    }

    /// <exception cref="StoreUnavailableException">Nothing can be written now; nothing was.</exception>
    public async Task<WriteResult> WriteAsync(WriteRequest request)
    {
        // Once queued, a write happens whether or not its client stays, so there is nothing to cancel.
        var pending = new PendingWrite(request);
        long bytes = request.Object.Json.Length;
        try
        {
            if (Interlocked.Add(ref _queuedBytes, bytes) > MaxQueuedBytes)
            {
                throw new StoreUnavailableException(StoreTrouble.Busy, "more writes wait for the disk than memory should hold; try again");
            }

            await _queue.Writer.WriteAsync(pending);
            return await pending.Done.Task;
        }
        finally
        {
            Interlocked.Add(ref _queuedBytes, -bytes);
        }
    }

    /// <summary>Goes the way of a write without writing anything.</summary>
    public async Task ProbeAsync()
    {
        var probe = new PendingWrite(null);
        await _queue.Writer.WriteAsync(probe);
        await probe.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteQueuedAsync()
    {
        var batch = new List<PendingWrite>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            long bytes = 0;
            while (batch.Count < MaxBatch && bytes < MaxBatchBytes && _queue.Reader.TryRead(out PendingWrite? pending))
            {
                batch.Add(pending);
                bytes += pending.Request?.Object.Json.Length ?? 0;
            }

            List<PendingWrite> probes = batch.FindAll(static pending => pending.Request is null);
            if (probes.Count > 0)
            {
                batch.RemoveAll(static pending => pending.Request is null);
                _committer.Probe();
                foreach (PendingWrite probe in probes) probe.Done.TrySetResult(default);
            }

            if (batch.Count > 0) _committer.Write(batch);
        }
    }
}
