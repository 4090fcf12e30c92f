using System.Collections.Concurrent;
using System.Security.Cryptography;
using Trireme.Contracts.Storage;

namespace Trireme.Operator.Releases;

/// <summary>
/// SHA-256 digests of files, remembered as long as nothing about a file has changed, its change time included, so that a recheck of
/// gigabytes reads nothing and a byte that was changed under its old modification time is seen.
/// </summary>
internal sealed class FileDigests(TimeProvider time)
{
    /// <summary>Enough for hundreds of releases; past it all are forgotten and computed again as needed.</summary>
    private const int Capacity = 20_000;

    private const int BufferBytes = 1 << 20;

    private readonly ConcurrentDictionary<FileStamp, string> _digests = new();

    /// <summary>Files read to their end so far, by which tests tell a look from a reading.</summary>
    internal int Readings { get; private set; }

    /// <summary>The digest as "sha256:" and 64 hexadecimal digits.</summary>
    /// <exception cref="IOException">The file cannot be read, or changed while it was read.</exception>
    public async Task<string> OfAsync(FileInfo file, CancellationToken cancellationToken)
    {
        await using FileStream stream = RegularFile.OpenRead(file.FullName, BufferBytes);
        FileStamp? stamp = FileStamp.Of(stream.SafeFileHandle);
        if (stamp is { } seen && _digests.TryGetValue(seen, out string? known)) return known;

        byte[] hash = await SHA256.HashDataAsync(stream, cancellationToken);
        Readings++;
        if (FileStamp.Of(stream.SafeFileHandle) != stamp) throw new IOException($"{file.FullName} changed while it was read.");

        string digest = "sha256:" + Convert.ToHexStringLower(hash);
        if (stamp?.IsSettled(time.GetUtcNow()) != true) return digest;
        if (_digests.Count >= Capacity) _digests.Clear();
        _digests[stamp.Value] = digest;
        return digest;
    }
}
