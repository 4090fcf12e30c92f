using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Watching;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// All objects, durable and versioned. Writes queue for one writer that commits what has gathered in one go; reads use
/// their own connections and see committed snapshots, so neither waits for the other.
/// </summary>
internal sealed class ObjectStore : IAsyncDisposable
{
    private const int MaxQueuedWrites = 1024;
    private const int MaxBatch = 64;
    private const int MaxIdleReaders = 8;

    private readonly string _path;
    private readonly ServedResources _resources;
    private readonly FileStream _lock;
    private readonly StoreWriter _writer;
    private readonly Task _writing;
    private readonly ConcurrentBag<StoreReader> _readers = [];
    private readonly RecentObjects _recent = new();
    private readonly Channel<PendingWrite> _queue = Channel.CreateBounded<PendingWrite>(MaxQueuedWrites);

    private ObjectStore(
        string path,
        ServedResources resources,
        FileStream fileLock,
        StoreWriter writer,
        int watchQueueLength,
        MigrationReport? migration)
    {
        Migration = migration;
        _path = path;
        _resources = resources;
        _lock = fileLock;
        _writer = writer;
        Changes = new ChangeFeed(writer.Revision, watchQueueLength);
        _writing = Task.Run(WriteQueuedAsync);
    }

    /// <summary>What opening did to a database of an older layout; null where there was nothing to do.</summary>
    public MigrationReport? Migration { get; }

    /// <summary>Committed changes as they happen.</summary>
    public ChangeFeed Changes { get; }

    /// <summary>Opens the database, which one process at a time may use.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, empty, of a newer version or of another program.</exception>
    /// <exception cref="IOException">The file or the store's lock cannot be used.</exception>
    public static ObjectStore Open(string path, ServedResources resources, int historyLength, int watchQueueLength)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        FileStream fileLock = Lock(path + ".lock");
        try
        {
            MigrationReport? migration = StoreDatabase.Prepare(path);
            var writer = new StoreWriter(path, resources, historyLength);
            return new ObjectStore(path, resources, fileLock, writer, watchQueueLength, migration);
        }
        catch (SqliteException exception)
        {
            fileLock.Dispose();
            throw StoreFault.Explain(path, exception);
        }
        catch
        {
            fileLock.Dispose();
            throw;
        }
    }

    public StoredObject? Get(ObjectKey key) => _recent.Find(key) ?? Read(reader => reader.Get(key));

    public ObjectPage List(ListQuery query) => Read(reader => reader.List(query));

    public ChangeHistory History(ServedResource resource, string @namespace, long after) =>
        Read(reader => reader.History(resource, @namespace, after));

    /// <summary>Runs a reading function on a connection of its own.</summary>
    public T Read<T>(Func<StoreReader, T> read)
    {
        if (!_readers.TryTake(out StoreReader? reader)) reader = new StoreReader(_path, _resources);
        try
        {
            return read(reader);
        }
        finally
        {
            if (_readers.Count < MaxIdleReaders) _readers.Add(reader);
            else reader.Dispose();
        }
    }

    /// <summary>Writes and returns once the change is on disk and its watchers have it queued, or says why it was refused.</summary>
    public async Task<WriteResult> WriteAsync(WriteRequest request)
    {
        // Once queued, a write happens whether or not its client stays, so there is nothing to cancel.
        var pending = new PendingWrite(request);
        await _queue.Writer.WriteAsync(pending);
        return await pending.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
        _writer.Dispose();
        while (_readers.TryTake(out StoreReader? reader)) reader.Dispose();
        await _lock.DisposeAsync();
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException($"Another process uses this store (it holds {path}). Stop it, or choose another data folder.", exception);
        }
    }

    private async Task WriteQueuedAsync()
    {
        var batch = new List<PendingWrite>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out PendingWrite? pending)) batch.Add(pending);
            Write(batch);
        }
    }

    private void Write(List<PendingWrite> batch)
    {
        var results = new WriteResult[batch.Count];
        try
        {
            IReadOnlyList<Change> changes = _recent.Commit(_writer.Commit([.. batch.Select(pending => pending.Request)], results));
            // Watchers come first, so that whoever sees the answer to a write can rely on watches being at least as new.
            Changes.Publish(changes);
        }
        catch (Exception exception)
        {
            foreach (PendingWrite pending in batch) pending.Done.TrySetException(exception);
            return;
        }

        for (int i = 0; i < batch.Count; i++) batch[i].Done.TrySetResult(results[i]);
    }

    private sealed class PendingWrite(WriteRequest request)
    {
        public WriteRequest Request { get; } = request;

        public TaskCompletionSource<WriteResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
