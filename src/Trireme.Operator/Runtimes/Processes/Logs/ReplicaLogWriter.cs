using System.Globalization;
using System.Text;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Storage;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>
/// Begins and ends the logs of engine processes and keeps them within their bounds. A disk that does not take a log never keeps a
/// replica from being run.
/// </summary>
internal sealed class ReplicaLogWriter(ReplicaLogStore store, ReplicaTimings bounds, ReplicaMetrics metrics, TimeProvider time)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A log is not cut smaller, however many processes share the bound: a death must stay explained.</summary>
    private const long SmallestBytes = 64 << 10;

    private readonly Lock _trimming = new();

    /// <summary>Makes the file that the next process of a replica appends to.</summary>
    /// <exception cref="IOException">The file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of permission.</exception>
    public string Begin(ModelReplica replica)
    {
        var key = ResourceKey.Of(replica);
        Directory.CreateDirectory(store.FolderOf(key), OwnerOnly | UnixFileMode.UserExecute);
        store.WriteOwner(key, replica.Spec.Service);
        int start = store.In(key) is [.., var newest] ? newest.Start + 1 : 1;
        string file = store.FileOf(key, start);
        var made = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        new FileStream(file, made).Dispose();
        Say(file, string.Create(
            CultureInfo.InvariantCulture,
            $"start: process {start} of replica {key}, service {replica.Spec.Service}, release {replica.Spec.Release}"));
        return file;
    }

    /// <summary>False for a log of another data folder, which a copied record still names.</summary>
    public bool Owns(string file) => Path.GetFullPath(file).StartsWith(Path.GetFullPath(store.Root) + "/", StringComparison.Ordinal);

    /// <summary>Adds a line of the platform's own to a log.</summary>
    public void Say(string file, string text)
    {
        try
        {
            string stamp = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            RegularFile.ThrowIfOther(file);
            using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            stream.Write(Encoding.UTF8.GetBytes($"{stamp} {text.ReplaceLineEndings(" ")}\n"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What happened stands in the platform's log and in the replica's status as well.
        }
    }

    /// <summary>
    /// Keeps one log bounded: past the limit its content moves aside and the file is emptied. The process appends, so it goes on at the
    /// start of the emptied file; what it writes between copy and truncation is lost.
    /// </summary>
    /// <param name="file">The log of a running process.</param>
    /// <param name="processes">Processes that share the bound of all logs.</param>
    public void Bound(string file, int processes)
    {
        long bytesMax = Math.Min(bounds.LogBytesMax, Math.Max(SmallestBytes, bounds.LogsBytesMax / (2 * Math.Max(1, processes))));
        try
        {
            var log = new FileInfo(file);
            if (!log.Exists || log.Length <= bytesMax) return;
            var aside = new FileInfo(file + ReplicaLogStore.AsideSuffix);
            RegularFile.ThrowIfOther(file);
            RegularFile.ThrowIfOther(aside.FullName);
            if (aside.Exists) metrics.LogRemoved(aside.Length);
            File.Copy(file, aside.FullName, overwrite: true);
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.SetLength(0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk must not take the replica with it; the next observation tries again.
        }
    }

    /// <summary>
    /// Removes logs beyond what a replica and what all together may keep, oldest first, but never one that is being written.
    /// </summary>
    /// <param name="written">Files of running processes.</param>
    public void Trim(IReadOnlySet<string> written)
    {
        lock (_trimming)
        {
            try
            {
                IReadOnlyList<ReplicaLog> logs = store.List();
                foreach (IGrouping<ResourceKey, ReplicaLog> replica in logs.GroupBy(log => log.Replica))
                {
                    foreach (ReplicaLog log in replica.SkipLast(bounds.LogsPerReplica)) Remove(log, written);
                }

                TrimBytes(logs, written);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The next start or end of a process tries again.
            }
        }
    }

    private void TrimBytes(IReadOnlyList<ReplicaLog> logs, IReadOnlySet<string> written)
    {
        (ReplicaLog Log, long Bytes, DateTime Written)[] kept =
        [
            .. logs.Select(log => (Log: log, File: new FileInfo(log.File), Aside: new FileInfo(log.Aside)))
                .Where(log => log.File.Exists)
                .Select(log => (log.Log, log.File.Length + (log.Aside.Exists ? log.Aside.Length : 0), log.File.LastWriteTimeUtc))
                .OrderBy(log => log.LastWriteTimeUtc),
        ];
        long excess = kept.Sum(log => log.Bytes) - bounds.LogsBytesMax;
        foreach ((ReplicaLog log, long bytes, _) in kept)
        {
            if (excess <= 0) return;
            if (Remove(log, written)) excess -= bytes;
        }
    }

    private bool Remove(ReplicaLog log, IReadOnlySet<string> written)
    {
        if (written.Contains(log.File)) return false;
        foreach (FileInfo file in (FileInfo[])[new(log.Aside), new(log.File)])
        {
            if (!file.Exists) continue;
            metrics.LogRemoved(file.Length);
            file.Delete();
        }

        store.RemoveIfEmpty(log.Replica);
        return true;
    }
}
