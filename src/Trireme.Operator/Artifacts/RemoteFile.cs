using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Operator.Artifacts;

/// <summary>A file as its server announces it.</summary>
internal sealed record RemoteFile
{
    /// <summary>Name below the folder that is fetched, checked by <see cref="RemoteNames"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Null where the server does not say.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>64 hexadecimal digits the content must have; null where the server does not say.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Git's object id of the content, 40 hexadecimal digits; null where the server does not say.</summary>
    public string? GitSha1 { get; init; }

    /// <summary>Strong validator of exactly these bytes, by which a begun download goes on; null without one.</summary>
    public string? ETag { get; init; }

    /// <summary>Where the server has it, in the origin's own terms.</summary>
    public required string Key { get; init; }
}

/// <summary>What an address holds.</summary>
/// <param name="Revision">What tells this content from any other at the address.</param>
/// <param name="Files">Its files; one where the address names a file.</param>
/// <param name="IsFile">Whether it names a file, or the first part of one.</param>
internal sealed record RemoteListing(string Revision, IReadOnlyList<RemoteFile> Files, bool IsFile)
{
    /// <summary>The revision of files at a server that has no name for it.</summary>
    public static string RevisionOf(IEnumerable<RemoteFile> files) =>
        CanonicalJson.Sha256(files.Select(static file => new { file.Name, file.SizeBytes, file.ETag }));
}

/// <summary>Bytes of a file on their way.</summary>
internal sealed class RemoteContent(Stream stream, long from, IDisposable owner) : IAsyncDisposable
{
    public Stream Stream => stream;

    /// <summary>The first byte's place in the file: what was asked for, or 0 from a server that knows no ranges.</summary>
    public long From => from;

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        owner.Dispose();
    }
}

/// <summary>A kind of server that files come from. Methods throw <see cref="FetchException"/> for what a user can mend.</summary>
internal interface IArtifactOrigin
{
    /// <param name="address">What the release names.</param>
    /// <param name="revision">What it meant before; null the first time.</param>
    /// <param name="credentials">Who asks.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    Task<RemoteListing> ListAsync(
        ArtifactAddress address, string? revision, PullCredentials credentials, CancellationToken cancellationToken);

    /// <param name="address">What the release names.</param>
    /// <param name="listing">What it holds.</param>
    /// <param name="file">One of its files.</param>
    /// <param name="from">The first byte that is wanted.</param>
    /// <param name="credentials">Who asks.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="IOException">The connection failed.</exception>
    Task<RemoteContent> OpenAsync(
        ArtifactAddress address,
        RemoteListing listing,
        RemoteFile file,
        long from,
        PullCredentials credentials,
        CancellationToken cancellationToken);
}
