using System.Collections.Concurrent;
using Trireme.Contracts.Storage;

namespace Trireme.Operator.Releases;

/// <summary>
/// SHA-256 digests of files, remembered as long as nothing about a file has changed, its change time included, so that a recheck of
/// gigabytes reads nothing and a byte that was changed under its old modification time is seen. Who asks for a file that is being read
/// waits for that reading, which ends early once nobody waits any more.
/// </summary>
internal sealed class FileDigests(TimeProvider time)
{
    /// <summary>Enough for hundreds of releases; past it all are forgotten and computed again as needed.</summary>
    private const int Capacity = 20_000;

    /// <summary>As many files as keep two cores busy; more at a time would only make each other slower.</summary>
    private const int ConcurrentHashesMax = 2;

    private readonly HashingTurns _turns = new(ConcurrentHashesMax);
    private readonly ConcurrentDictionary<FileStamp, string> _digests = new();
    private readonly Dictionary<FileStamp, FileReading> _underWay = [];
    private readonly Lock _lock = new();

    /// <summary>Files read to their end so far, by which tests tell a look from a reading.</summary>
    internal int Readings { get; private set; }

    /// <summary>Files being read.</summary>
    internal int UnderWay
    {
        get { lock (_lock) return _underWay.Count; }
    }

    /// <summary>The digest as "sha256:" and 64 hexadecimal digits.</summary>
    /// <exception cref="IOException">The file cannot be read, or changed while it was read.</exception>
    public async Task<string> OfAsync(FileInfo file, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        FileStream stream = RegularFile.OpenRead(file.FullName, FileReading.NoBuffer);
        if (FileStamp.Of(stream.SafeFileHandle) is not { } stamp)
        {
            // Where files cannot be told apart, each is read by itself.
            return await FileReading.HashAsync(stream, file.FullName, _turns, cancellationToken);
        }

        FileReading reading;
        lock (_lock)
        {
            if (_digests.TryGetValue(stamp, out string? known))
            {
                stream.Dispose();
                return known;
            }

            if (_underWay.TryGetValue(stamp, out FileReading? begun))
            {
                stream.Dispose();
                reading = begun;
            }
            else
            {
                reading = _underWay[stamp] = new FileReading(stream, file.FullName, _turns);
            }

            reading.Waiters++;
        }

        try
        {
            string digest = await reading.Digest.WaitAsync(cancellationToken);
            Remember(stamp, digest);
            return digest;
        }
        finally
        {
            Leave(stamp, reading);
        }
    }

    private void Remember(FileStamp stamp, string digest)
    {
        if (!stamp.IsSettled(time.GetUtcNow())) return;
        if (_digests.Count >= Capacity) _digests.Clear();
        _digests[stamp] = digest;
    }

    private void Leave(FileStamp stamp, FileReading reading)
    {
        lock (_lock)
        {
            if (reading.Digest.IsCompleted && _underWay.GetValueOrDefault(stamp) == reading)
            {
                // Who comes now must see what the file is now.
                _underWay.Remove(stamp);
                if (reading.Digest.IsCompletedSuccessfully) Readings++;
            }

            if (--reading.Waiters > 0) return;
            if (_underWay.GetValueOrDefault(stamp) == reading) _underWay.Remove(stamp);
        }

        reading.Dispose();
    }
}
