using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.Operator.Artifacts;

/// <summary>What an address meant at a revision, and in which tree it is.</summary>
internal sealed record SourceRecord
{
    /// <summary>A record of a thousand files has a tenth of it.</summary>
    private const int BytesMax = 4 << 20;

    public required string Address { get; init; }

    public required string Revision { get; init; }

    /// <summary>Whether the address names a file.</summary>
    public required bool IsFile { get; init; }

    /// <summary>In the order of their names.</summary>
    public required IReadOnlyList<StoredFile> Files { get; init; }

    /// <summary>The digest of names and digests: two addresses with the same files share a tree.</summary>
    public string Tree => CanonicalJson.Sha256(Files.Select(static file => new { file.Name, file.Sha256 }));

    /// <summary>The folder or the file that the address names, inside a tree.</summary>
    /// <param name="tree">The tree's folder.</param>
    public string PathIn(string tree) => IsFile ? Path.Combine(tree, Entry()) : tree;

    /// <summary>Null for a file that is none, or not of this version.</summary>
    public static SourceRecord? Read(string path)
    {
        try
        {
            using FileStream file = RegularFile.OpenRead(path, 0);
            if (file.Length is 0 or > BytesMax) return null;
            var record = JsonSerializer.Deserialize<SourceRecord>(file, ResourceJson.Options);
            bool isSound = record is { Files.Count: > 0, Address: not null, Revision: not null }
                && record.Files.All(static stored => stored is { Name: not null, Sha256: not null, IsWellFormed: true });
            return isSound ? record : null;
        }
        catch (Exception exception) when (exception is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public void Write(string path) => PrivateFile.Write(path, JsonSerializer.Serialize(this, ResourceJson.Options));

    /// <summary>Of a split model the part that is named; the others lie beside it.</summary>
    private string Entry()
    {
        string named = Uri.UnescapeDataString(Address[(Address.LastIndexOf('/') + 1)..]);
        return Files.Any(file => file.Name == named) ? named : Files[0].Name;
    }
}

/// <summary>A file of the store.</summary>
/// <param name="Name">Below the tree.</param>
/// <param name="Sha256">64 hexadecimal digits.</param>
/// <param name="SizeBytes">Bytes.</param>
/// <param name="HubName">What a hub calls these bytes; null where they come from elsewhere.</param>
internal sealed record StoredFile(string Name, string Sha256, long SizeBytes, string? HubName = null)
{
    public bool IsWellFormed =>
        RemoteNames.IsSafe(Name)
        && Sha256.Length == 64
        && Sha256.All(char.IsAsciiHexDigitLower)
        && HubName is null or { Length: 40 or 64 }
        && (HubName ?? "").All(char.IsAsciiHexDigitLower);

    public ArtifactPin ToPin() => new() { File = Name, Digest = "sha256:" + Sha256 };
}
