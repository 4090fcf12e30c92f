namespace Trireme.Contracts.Engines;

/// <summary>A file of a release with the digest it was verified by.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Digest">"sha256:" and 64 hexadecimal digits.</param>
public sealed record PinnedFile(string Path, string Digest);

/// <summary>What an engine is told of the files it is to read.</summary>
public sealed record PinnedFileList
{
    public IReadOnlyList<PinnedFile> Files { get; init; } = [];
}
