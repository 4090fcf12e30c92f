using Trireme.Contracts.Storage;
using Trireme.Hosting;

namespace Trireme.Backup;

/// <summary>
/// Puts a backup into a data folder. Everything is unpacked and checked beside the place it goes to before anything there is touched; what
/// was there is moved and never deleted; and a mark keeps a platform from starting between the two, until a restore has ended.
/// </summary>
internal static class FolderRestore
{
    /// <summary>What does not count as content of a folder: locks and logs, and what belongs to processes that may still run.</summary>
    private static readonly string[] Unimportant = ["platform.lock", "objects.db.lock", "objects.db.reserve", "logs", "replicas"];

    /// <summary>What a restore replaces, and with it what tells of the folder's earlier life; models and other files stay.</summary>
    private static readonly string[] Replaced =
    [
        "objects.db", "objects.db-wal", "objects.db-shm", "usage.db", "usage.db-wal", "usage.db-shm", "usage", "responses.db",
        "responses.db-wal", "responses.db-shm", "token", "tokens.csv", "pki", "credentials", "kubeconfig", "endpoints.json", "location",
    ];

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Refuses a folder in which a restore was cut off.</summary>
    /// <exception cref="CommandException">It was.</exception>
    public static void CheckFinished(DataFolderLayout data)
    {
        if (!File.Exists(data.Restoring)) return;
        throw new CommandException(
            $"a restore into {data.Root} was cut off; run it again (./trireme restore FILE --force), or delete {data.Restoring} after "
            + "putting back what lies in the folder it names");
    }

    /// <param name="archive">The backup.</param>
    /// <param name="data">The folder, which this process holds the lock of.</param>
    /// <param name="force">Whether what is in the folder may be moved aside.</param>
    /// <param name="now">For the name of the place it is moved to.</param>
    /// <param name="progress">Told the bytes of the archive read so far, and all that it has.</param>
    /// <param name="cancellationToken">Ends it while nothing of the folder has been changed; from then on it goes to its end.</param>
    public static RestoredFolder Restore(
        string archive,
        DataFolderLayout data,
        bool force,
        DateTimeOffset now,
        Action<long, long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        bool unfinished = File.Exists(data.Restoring);
        string[] content = [.. Content(data)];
        if (content.Length > 0 && !force)
        {
            throw new CommandException(
                $"{data.Root} holds data already ({Path.GetFileName(content[0])}); choose another folder with --data-dir, or say --force "
                + "to replace what is there, which is kept in a folder beside it");
        }

        string unpacked = Path.Combine(data.Root, "restore.files");
        if (Directory.Exists(unpacked)) Directory.Delete(unpacked, recursive: true);
        try
        {
            Directory.CreateDirectory(unpacked, Private);
            BackupManifest manifest = BackupReader.Unpack(archive, unpacked, progress, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            string? replaced = content.Length == 0 && !unfinished ? null : Aside(data, unfinished, now);
            PrivateFile.Write(data.Restoring, (replaced ?? "") + "\n");
            if (replaced is not null) MoveAside(data, replaced);
            foreach (string entry in Directory.EnumerateFileSystemEntries(unpacked))
            {
                Directory.Move(entry, Path.Combine(data.Root, Path.GetFileName(entry)));
            }

            PrivateFile.Write(data.Location, DataFolderLocation.Nowhere + "\n");
            File.Delete(data.Restoring);
            return new RestoredFolder(manifest, replaced is not null && Directory.Exists(replaced) ? replaced : null);
        }
        finally
        {
            if (Directory.Exists(unpacked)) Directory.Delete(unpacked, recursive: true);
        }
    }

    private static IEnumerable<string> Content(DataFolderLayout data) => Directory.EnumerateFileSystemEntries(data.Root)
        .Where(entry => !Unimportant.Contains(Path.GetFileName(entry)) && !IsOwn(Path.GetFileName(entry)))
        .Order(StringComparer.Ordinal);

    /// <summary>What restores themselves leave in a folder.</summary>
    private static bool IsOwn(string name) =>
        name.StartsWith("restore.", StringComparison.Ordinal) || name.StartsWith("replaced-", StringComparison.Ordinal);

    /// <summary>Where what was there goes: where a restore that was cut off had begun to put it, or a new folder.</summary>
    private static string Aside(DataFolderLayout data, bool unfinished, DateTimeOffset now)
    {
        string begun = unfinished ? SmallFile.ReadAllText(data.Restoring).Trim() : "";
        string stamp = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        string path = begun.Length > 0 ? begun : Path.Combine(data.Root, "replaced-" + stamp);
        Directory.CreateDirectory(path, Private);
        return path;
    }

    /// <summary>
    /// Moves the platform's own files. After a cut-off restore some of what is in the folder came from the backup; what lies aside
    /// already is the older and stays.
    /// </summary>
    private static void MoveAside(DataFolderLayout data, string replaced)
    {
        foreach (string entry in Replaced.Select(name => Path.Combine(data.Root, name)).Where(Path.Exists))
        {
            string place = Path.Combine(replaced, Path.GetFileName(entry));
            if (!Path.Exists(place))
            {
                Directory.Move(entry, place);
            }
            else if (Directory.Exists(entry))
            {
                Directory.Delete(entry, recursive: true);
            }
            else
            {
                File.Delete(entry);
            }
        }
    }
}

/// <summary>What a restore did.</summary>
/// <param name="Manifest">What was restored.</param>
/// <param name="Replaced">Where what was there before lies now; null where nothing was.</param>
internal sealed record RestoredFolder(BackupManifest Manifest, string? Replaced);
