using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Trireme.Operator.Artifacts;

/// <summary>Digests bytes as they come, and says whether they are the ones that were announced.</summary>
internal sealed class ContentCheck : IDisposable
{
    private const int ChunkBytes = 256 << 10;

    private readonly RemoteFile _file;
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash? _git;

    public ContentCheck(RemoteFile file)
    {
        _file = file;
        if (file is not { Sha256: null, GitSha1: not null, SizeBytes: { } size }) return;

        // Git's names for contents, which a hub has for its small files, are SHA-1 by definition; what is pinned is SHA-256.
        _git = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        _git.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
    }

    public long Bytes { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _sha256.AppendData(bytes);
        _git?.AppendData(bytes);
        Bytes += bytes.Length;
    }

    /// <summary>Reads a stream to its end.</summary>
    public async Task AppendAsync(Stream stream, CancellationToken cancellationToken)
    {
        var chunk = new byte[ChunkBytes];
        while (await stream.ReadAsync(chunk, cancellationToken) is var read and > 0) Append(chunk.AsSpan(0, read));
    }

    /// <summary>The content's SHA-256, and how it differs from what was announced; null if it does not.</summary>
    public (string Sha256, string? Difference) End()
    {
        string sha256 = Convert.ToHexStringLower(_sha256.GetHashAndReset());
        string? git = _git is null ? null : Convert.ToHexStringLower(_git.GetHashAndReset());
        string? difference = _file switch
        {
            { SizeBytes: { } size } when size != Bytes =>
                string.Create(CultureInfo.InvariantCulture, $"has {Bytes} bytes but was announced with {size}"),
            { Sha256: { } wanted } when wanted != sha256 => $"has sha256:{sha256} but was announced with sha256:{wanted}",
            { GitSha1: { } wanted } when git is not null && wanted != git => $"has git's id {git} but was announced with {wanted}",
            _ => null,
        };
        return (sha256, difference);
    }

    public void Dispose()
    {
        _sha256.Dispose();
        _git?.Dispose();
    }
}
