using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Trireme.Operator.Releases;

/// <summary>
/// SHA-256 digests of files, remembered as long as path, size and modification time stay the same, so that a recheck of
/// gigabytes reads nothing.
/// </summary>
internal sealed class FileDigests
{
    /// <summary>Enough for hundreds of releases; past it all are forgotten and computed again as needed.</summary>
    private const int Capacity = 20_000;

    private const int BufferBytes = 1 << 20;

    private readonly ConcurrentDictionary<(string Path, long Size, DateTime Modified), string> _digests = new();

    /// <summary>The digest as "sha256:" and 64 hexadecimal digits.</summary>
    /// <exception cref="IOException">The file cannot be read, or changed while it was read.</exception>
    public async Task<string> OfAsync(FileInfo file, CancellationToken cancellationToken)
    {
        file.Refresh();
        var key = (file.FullName, file.Length, file.LastWriteTimeUtc);
        if (_digests.TryGetValue(key, out string? known)) return known;

        await using FileStream stream = RegularFile.OpenRead(file.FullName, BufferBytes);
        byte[] hash = await SHA256.HashDataAsync(stream, cancellationToken);
        file.Refresh();
        bool changed = key != (file.FullName, file.Length, file.LastWriteTimeUtc);
        if (changed) throw new IOException($"{file.FullName} changed while it was read.");

        string digest = "sha256:" + Convert.ToHexStringLower(hash);
        if (_digests.Count >= Capacity) _digests.Clear();
        _digests[key] = digest;
        return digest;
    }
}
