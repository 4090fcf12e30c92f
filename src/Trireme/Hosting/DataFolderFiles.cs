using Trireme.Backup;
using Trireme.Contracts.Storage;

namespace Trireme.Hosting;

/// <summary>
/// Looks at a data folder before a start opens anything in it. A pipe in the place of a file would hold the start up for ever, and a folder
/// or a socket fail it with a word about something else.
/// </summary>
internal static class DataFolderFiles
{
    private static readonly string[] Folders = ["pki", "credentials"];

    private static readonly string[] Named = ["kubeconfig", "pki/ca.crt", "pki/ca.key", "pki/server.crt", "pki/server.key"];

    /// <exception cref="IOException">Something else stands where a file or a folder belongs; the message says what to do.</exception>
    public static void Check(DataFolderLayout data)
    {
        foreach (string path in Own(data)) RegularFile.ThrowIfOther(path);
        foreach (string folder in (string[])[data.Replicas, data.ReplicaLogs, data.UsageSpools]) RegularFile.ThrowIfNoFolder(folder);
    }

    /// <summary>Removes what a platform that died left half written. Only for who holds the folder's lock.</summary>
    /// <exception cref="IOException">The folder cannot be read, or a file in it not be removed.</exception>
    public static void RemoveUnfinished(DataFolderLayout data)
    {
        PrivateFile.RemoveUnfinished(data.Root);
        foreach (string folder in Folders) PrivateFile.RemoveUnfinished(Path.Combine(data.Root, folder));
    }

    /// <summary>All but the store's, which looks itself.</summary>
    private static IEnumerable<string> Own(DataFolderLayout data)
    {
        IEnumerable<string> files =
        [
            data.Lock, data.Endpoints, data.Location, data.Restoring, data.Log, data.ApiKey, data.TelemetryKey, data.SignInKey,
            data.Responses, data.Usage,
            .. BackupContent.Files.Concat(Named).Select(name => Path.Combine(data.Root, name)),
        ];

        // What protects them chooses their names.
        return Directory.Exists(data.BrowserKeys) ? files.Concat(Directory.EnumerateFileSystemEntries(data.BrowserKeys, "*.xml")) : files;
    }
}
