using System.Security.Cryptography;
using System.Text;

namespace Trireme.Operator.Artifacts;

/// <summary>
/// Where what is in the store:
/// <code>
/// blobs/SHA256             the bytes of a file, whoever named it
/// partial/KEY              the beginning of a file
/// trees/ID/NAME            links to blobs: the folder an engine reads; ID is the digest of names and digests
/// sources/ID.json          which tree an address meant at a revision
/// hub/models--OWNER--NAME  the same files as Python's huggingface_hub lays them out
/// </code>
/// A source is written last and removed first, so that whatever a crash leaves is whole, or nobody's and swept away.
/// </summary>
internal sealed class ArtifactLayout(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    public string Blobs => Path.Combine(Root, "blobs");

    public string Partial => Path.Combine(Root, "partial");

    public string Trees => Path.Combine(Root, "trees");

    public string Sources => Path.Combine(Root, "sources");

    public string Hub => Path.Combine(Root, "hub");

    public string Blob(string sha256) => Path.Combine(Blobs, sha256);

    public string Tree(string id) => Path.Combine(Trees, id);

    public string Source(string address, string revision) => Path.Combine(Sources, Hash($"{address}\n{revision}") + ".json");

    /// <summary>What a begun file is kept as and found again by; null for one that could not be told from another version.</summary>
    public static string? PartialKey(string address, RemoteFile file) => file switch
    {
        { Sha256: { } sha256 } => sha256,
        { GitSha1: { } sha1 } => "git-" + sha1,
        { ETag: { } etag } => Hash($"{address}\n{file.Key}\n{etag}\n{file.SizeBytes}"),
        _ => null,
    };

    /// <summary>The way from a link FOLDER/ID/NAME, in a tree or a snapshot of the hub's layout, to what lies beside FOLDER.</summary>
    public static string Up(string name) => string.Concat(Enumerable.Repeat("../", 2 + name.Count(static letter => letter == '/')));

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
