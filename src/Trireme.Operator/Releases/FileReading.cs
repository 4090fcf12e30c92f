using System.Security.Cryptography;
using Trireme.Contracts.Storage;

namespace Trireme.Operator.Releases;

/// <summary>One reading of one file, for all who wait for its digest.</summary>
internal sealed class FileReading : IDisposable
{
    /// <summary>The stream's own buffer would be a second one beside <see cref="ChunkBytes"/>.</summary>
    public const int NoBuffer = 0;

    /// <summary>Large enough that the disk and SHA-256 set the pace, small enough that hundreds of files may be read at a time.</summary>
    private const int ChunkBytes = 256 * 1024;

    private readonly CancellationTokenSource _stop = new();

    /// <summary>Begins to read on another thread.</summary>
    /// <param name="stream">The file from its start, which the reading closes.</param>
    /// <param name="name">The file's path, for messages.</param>
    /// <param name="turns">Bound how many files are hashed at a time.</param>
    public FileReading(FileStream stream, string name, HashingTurns turns)
    {
        CancellationToken token = _stop.Token;
        Digest = Task.Run(() => HashAsync(stream, name, turns, token), CancellationToken.None);
    }

    /// <summary>The digest as "sha256:" and 64 hexadecimal digits.</summary>
    public Task<string> Digest { get; }

    /// <summary>How many wait for it; touched under the lock of <see cref="FileDigests"/>.</summary>
    public int Waiters { get; set; }

    /// <summary>Nobody wants the digest any more: the file is closed as soon as the disk gives the thread back.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>Reads outside the turn and hashes inside it, so that a disk that hangs holds no turn.</summary>
    public static async Task<string> HashAsync(FileStream stream, string name, HashingTurns turns, CancellationToken cancellationToken)
    {
        await using FileStream file = stream;
        FileStamp? before = FileStamp.Of(file.SafeFileHandle);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var chunk = new byte[ChunkBytes];
        long remaining = file.Length;
        while (await file.ReadAsync(chunk, cancellationToken) is var read and > 0)
        {
            await turns.EnterAsync(remaining, cancellationToken);
            try
            {
                hash.AppendData(chunk, 0, read);
            }
            finally
            {
                turns.Leave();
            }

            remaining -= read;
        }

        if (FileStamp.Of(file.SafeFileHandle) != before) throw new IOException($"{name} changed while it was read.");
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
