using System.Buffers;
using System.Security.Cryptography;
using Trireme.Contracts.Storage;

namespace Trireme.Inference.Formats;

/// <summary>
/// An open file with the digest it must have. Reading goes through the descriptor: the bytes are those that a mapping of it shows, but a
/// file that has become shorter is an end and no fault.
/// </summary>
internal sealed class HeldFile(string path, FileStream stream, string digest) : IDisposable
{
    private const int BufferBytes = 1 << 20;

    private FileStamp? _verified;

    public string Path { get; } = path;

    /// <summary>Reads all of the file.</summary>
    /// <exception cref="ModelFileChangedException">It has another digest.</exception>
    public void Verify(CancellationToken cancellationToken)
    {
        if (FindDifference(cancellationToken) is { } problem) throw new ModelFileChangedException(Path, problem);
    }

    /// <summary>
    /// Looks whether the file is as it was verified; what is wrong with it otherwise. Null also where that cannot be told, because a disk
    /// that fails says nothing of the file: it is looked at again.
    /// </summary>
    public string? FindChange(CancellationToken cancellationToken)
    {
        if (FileStamp.Of(stream.SafeFileHandle) is not { } now || now == _verified) return null;
        try
        {
            string? problem = _verified is { } verified && now.Size != verified.Size
                ? $"has {now.Size} bytes and had {verified.Size} when it was verified: it was changed in place while it was in use."
                : FindDifference(cancellationToken);
            return problem is null ? null : new ModelFileChangedException(Path, problem).Message;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => stream.Dispose();

    private string? FindDifference(CancellationToken cancellationToken)
    {
        FileStamp? before = FileStamp.Of(stream.SafeFileHandle);
        string found = Digest(cancellationToken);
        if (found != digest) return $"has {found} but was verified as {digest}.";

        // Times that changed meanwhile, as those of a file that gets another link do, are a reason to look again.
        if (FileStamp.Of(stream.SafeFileHandle) == before) _verified = before;
        return null;
    }

    private string Digest(CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long offset = 0;
            while (RandomAccess.Read(stream.SafeFileHandle, buffer, offset) is > 0 and var read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
                offset += read;
            }

            return PinnedReading.Text(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
