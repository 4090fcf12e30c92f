namespace Trireme.Backup;

/// <summary>What a backup says of itself: the first file in it.</summary>
internal sealed record BackupManifest
{
    public const string FileName = "manifest.json";

    /// <summary>The form of archive and manifest that this program writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Which form it has; a program reads its own and older ones.</summary>
    public required int Format { get; init; }

    /// <summary>The program that wrote it.</summary>
    public required string Version { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The layout of the database in it.</summary>
    public required long Layout { get; init; }

    /// <summary>The store's revision that it is of.</summary>
    public required long Revision { get; init; }

    public required long Objects { get; init; }

    /// <summary>Sentences about files that it should hold and does not, because they could not be read.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>The files in the order of the archive.</summary>
    public required IReadOnlyList<BackupFile> Files { get; init; }
}

/// <summary>One file of a backup.</summary>
/// <param name="Name">Its path below the data folder, with '/'.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its digest, as 64 lowercase hexadecimal digits.</param>
internal sealed record BackupFile(string Name, long Bytes, string Sha256);
