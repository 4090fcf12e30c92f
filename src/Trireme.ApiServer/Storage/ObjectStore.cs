using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Watching;
using Trireme.Contracts.Storage;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// All objects, durable and versioned. Writes queue for one writer that commits what has gathered in one go; reads use
/// their own connections and see committed snapshots, so neither waits for the other.
/// </summary>
internal sealed class ObjectStore : IAsyncDisposable
{
    private const int MaxIdleReaders = 8;

    private readonly string _path;
    private readonly ServedResources _resources;
    private readonly FileStream _lock;
    private readonly StoreCommitter _committer;
    private readonly StoreWriteQueue _writes;
    private readonly ConcurrentBag<StoreReader> _readers = [];
    private readonly RecentObjects _recent;

    private ObjectStore(
        string path, ServedResources resources, FileStream fileLock, StoreCommitter committer, RecentObjects recent, StoreOpening opening)
    {
        _path = path;
        _resources = resources;
        _lock = fileLock;
        _committer = committer;
        _writes = new StoreWriteQueue(committer);
        _recent = recent;
        Opening = opening;
    }

    /// <summary>What opening found and did.</summary>
    public StoreOpening Opening { get; }

    /// <summary>Committed changes as they happen.</summary>
    public ChangeFeed Changes => _committer.Changes;

    /// <summary>What keeps the store from taking ordinary writes now.</summary>
    public StoreCondition Condition => _committer.Condition;

    /// <summary>Its sizes after the last commit.</summary>
    public StoreSizes Sizes => _committer.Sizes;

    public Quarantine Quarantine => Opening.Quarantine;

    /// <summary>Opens the database, which one process at a time may use.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, empty, of a newer version or of another program.</exception>
    /// <exception cref="IOException">The file or the store's lock cannot be used, or there is no room on its disk.</exception>
    public static ObjectStore Open(string path, ServedResources resources, ApiServerLimits limits, TimeProvider? time = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        foreach (string ending in StoreDatabase.FileEndings) RegularFile.ThrowIfOther(path + ending);
        FileStream fileLock = Lock(path + ".lock");
        var reserve = new StartReserve(path, Math.Min(StartReserve.DefaultBytes, limits.MaxStoreBytes / 8), time ?? TimeProvider.System);
        try
        {
            return Open(path, resources, limits, fileLock, reserve);
        }
        catch (SqliteException exception) when (reserve.IsHeld && !reserve.HasMargin())
        {
            // On a full disk even the files that connections share cannot be made; this is what the reserve is for.
            reserve.Release();
            return Again(exception);
        }
        catch (SqliteException exception)
        {
            fileLock.Dispose();
            throw reserve.HasMargin() ? StoreFault.Explain(path, exception) : StoreFault.NoRoom(path, exception);
        }
        catch
        {
            fileLock.Dispose();
            throw;
        }

        ObjectStore Again(SqliteException first)
        {
            try
            {
                return Open(path, resources, limits, fileLock, reserve);
            }
            catch (Exception exception)
            {
                fileLock.Dispose();
                if (exception is not SqliteException) throw;
                throw StoreFault.NoRoom(path, first);
            }
        }
    }

    /// <exception cref="UnreadableObjectException">The object is in quarantine.</exception>
    public StoredObject? Get(ObjectKey key)
    {
        if (_recent.Find(key) is { } recent) return recent;
        if (Quarantine.TryFind(key, out QuarantinedObject? found)) throw new UnreadableObjectException(found);
        return Read(reader => reader.Get(key));
    }

    /// <summary>Whether a name is taken, also by an object that cannot be read.</summary>
    public bool Exists(ObjectKey key) => Quarantine.TryFind(key, out _) || Get(key) is not null;

    public ObjectPage List(ListQuery query) =>
        Read(reader => reader.List(Opening.IsIndexed ? query : query with { Hint = null }));

    public ChangeHistory History(ServedResource resource, string @namespace, long after) =>
        Read(reader => reader.History(resource, @namespace, after));

    /// <summary>Runs a reading function on a connection of its own.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    public T Read<T>(Func<StoreReader, T> read)
    {
        StoreReader? reader = null;
        try
        {
            if (!_readers.TryTake(out reader)) reader = new StoreReader(_path, _resources, Quarantine);
            T result = read(reader);
            if (_readers.Count < MaxIdleReaders) _readers.Add(reader);
            else reader.Dispose();
            return result;
        }
        catch (Exception exception)
        {
            // What failed may have left its connection in any state.
            reader?.Dispose();
            if (exception is SqliteException fault) throw StoreFault.While(_path, fault);
            throw;
        }
    }

    /// <summary>Writes and returns once the change is on disk and its watchers have it queued, or says why it was refused.</summary>
    /// <exception cref="StoreUnavailableException">Nothing can be written now; nothing was.</exception>
    public Task<WriteResult> WriteAsync(WriteRequest request) => _writes.WriteAsync(request);

    /// <summary>Removes an object that is in quarantine. Watchers are told that what bore its name is gone.</summary>
    /// <returns>False if it was removed already.</returns>
    public async Task<bool> RemoveUnreadableAsync(ObjectKey key)
    {
        if (!Quarantine.TryFind(key, out QuarantinedObject? found)) return false;
        StoredObject stub = Quarantine.Stub(key.Resource, found);
        WriteResult result = await WriteAsync(WriteRequest.Delete(stub, stub.ToDocument()) with { Replaces = stub });
        if (result.Outcome is not (WriteOutcome.Written or WriteOutcome.NotFound)) return false;
        Quarantine.Remove(key);
        return true;
    }

    /// <summary>Commits a write that changes nothing, and says what keeps the store from taking ordinary ones.</summary>
    public async Task<StoreCondition> ProbeAsync()
    {
        await _writes.ProbeAsync();
        return Condition;
    }

    public async ValueTask DisposeAsync()
    {
        await _writes.DisposeAsync();
        _committer.Dispose();
        while (_readers.TryTake(out StoreReader? reader)) reader.Dispose();
        await _lock.DisposeAsync();
    }

    private static ObjectStore Open(
        string path, ServedResources resources, ApiServerLimits limits, FileStream fileLock, StartReserve reserve)
    {
        MigrationReport? migration = StoreDatabase.Prepare(path);
        StoredDefinitions.Load(path, resources);
        var quarantine = new Quarantine();
        bool historyLost = StoreScan.Run(path, resources, quarantine);
        bool isIndexed = StoreIndex.Prepare(path);
        var recent = new RecentObjects();
        var committer = new StoreCommitter(path, resources, limits, reserve, recent, isIndexed);
        var opening = new StoreOpening(migration, quarantine, historyLost, isIndexed);
        return new ObjectStore(path, resources, fileLock, committer, recent, opening);
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
}
