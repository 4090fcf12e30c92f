using Trireme.Backup;

namespace Trireme.Hosting;

/// <summary>
/// Closes a data folder that other users could look into: made by hand, or by a version that left files open. Only what is the platform's
/// own is touched, because a folder may have been named that holds more.
/// </summary>
internal static partial class DataFolderModes
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly string[] Folders = ["pki", "credentials", "logs", "replicas", "usage"];

    private static readonly string[] Files = ["token", "tokens.csv", "kubeconfig"];

    /// <summary>Takes the group's and others' rights from the folder and what the platform keeps in it.</summary>
    /// <returns>What was open and what came of it, as a sentence; null if nothing was.</returns>
    public static string? Close(DataFolderLayout data)
    {
        int closed = 0;
        try
        {
            UnixFileMode before = File.GetUnixFileMode(data.Root);
            if (TryClose(data.Root)) closed++;
            foreach (string entry in OwnEntries(data)) closed += TryClose(entry) ? 1 : 0;
            if (closed == 0) return null;
            return (before & Others) != 0
                ? $"{data.Root} could be looked into by other users (mode {Octal(before)}); it is its owner's alone now"
                : $"{closed} files in {data.Root} could be read by other users but for its own mode; they are its owner's alone now";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{data.Root} stays open to other users, who may find keys in it: {exception.Message}";
        }
    }

    [LoggerMessage(LogLevel.Warning, "{What}")]
    public static partial void LogClosed(ILogger logger, string what);

    private static IEnumerable<string> OwnEntries(DataFolderLayout data)
    {
        IEnumerable<string> files =
        [
            data.Endpoints, data.Lock, data.Location, data.Restoring, .. Files.Select(name => Path.Combine(data.Root, name)),
            .. Directory.EnumerateFiles(data.Root, BackupContent.Database + "*"),
            .. Directory.EnumerateFiles(data.Root, Path.GetFileName(data.Responses) + "*"),
            .. Directory.EnumerateFiles(data.Root, Path.GetFileName(data.Usage) + "*"),
        ];
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        IEnumerable<string> folders = Folders.Select(name => Path.Combine(data.Root, name)).Where(Directory.Exists);
        return files.Where(File.Exists)
            .Concat(folders.SelectMany(folder => Directory.EnumerateFileSystemEntries(folder, "*", all).Prepend(folder)));
    }

    /// <summary>False for what was closed already, is a link, or has gone meanwhile.</summary>
    private static bool TryClose(string path)
    {
        try
        {
            UnixFileMode mode = File.GetUnixFileMode(path);
            if ((mode & Others) == 0 || new FileInfo(path).LinkTarget is not null) return false;
            File.SetUnixFileMode(path, mode & ~Others);
            return true;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');
}
