using System.Globalization;
using System.Text.Json;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;
using Trireme.Kubernetes;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>
/// Where the logs of engine processes lie: NAMESPACE/REPLICA/START.log below one folder, a file per process, numbered in the order they
/// were started, and START.log.1 with what was moved aside of it. They outlive the replica. Reading needs no running platform.
/// </summary>
/// <param name="root">The folder.</param>
public sealed class ReplicaLogStore(string root)
{
    /// <summary>Appended to a file's name for the part of a log that was moved aside.</summary>
    public const string AsideSuffix = ".1";

    private const string Extension = ".log";
    private const string OwnerFile = "replica.json";

    internal string Root => root;

    /// <summary>All logs of a namespace, or of every one, by replica and in the order of the starts.</summary>
    public IReadOnlyList<ReplicaLog> List(string? @namespace = null)
    {
        var logs = new List<ReplicaLog>();
        foreach (string scope in Folders(root))
        {
            if (@namespace is not null && Path.GetFileName(scope) != @namespace) continue;
            foreach (string replica in Folders(scope))
            {
                logs.AddRange(In(new ResourceKey(Path.GetFileName(scope), Path.GetFileName(replica))));
            }
        }

        return logs;
    }

    /// <summary>A replica's logs in the order of the starts.</summary>
    public IReadOnlyList<ReplicaLog> In(ResourceKey replica)
    {
        string folder = FolderOf(replica);
        if (!Directory.Exists(folder)) return [];
        string service = ReadOwner(folder);
        var logs = new List<ReplicaLog>();
        foreach (string file in Directory.EnumerateFiles(folder, "*" + Extension))
        {
            bool numbered = int.TryParse(
                Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out int start);
            if (numbered) logs.Add(new ReplicaLog(replica, service, start, file));
        }

        logs.Sort(static (left, right) => left.Start.CompareTo(right.Start));
        return logs;
    }

    internal string FolderOf(ResourceKey replica) => Path.Combine(root, replica.Namespace, replica.Name);

    internal string FileOf(ResourceKey replica, int start) =>
        Path.Combine(FolderOf(replica), start.ToString("00000", CultureInfo.InvariantCulture) + Extension);

    internal void WriteOwner(ResourceKey replica, string service) =>
        File.WriteAllBytes(
            Path.Combine(FolderOf(replica), OwnerFile), JsonSerializer.SerializeToUtf8Bytes(new Owner(service), ResourceJson.Options));

    /// <summary>Removes the folder of a replica that has no log left, and the namespace's with its last replica.</summary>
    internal void RemoveIfEmpty(ResourceKey replica)
    {
        if (In(replica).Count > 0 || !Directory.Exists(FolderOf(replica))) return;
        Directory.Delete(FolderOf(replica), recursive: true);
        string scope = Path.Combine(root, replica.Namespace);
        if (!Directory.EnumerateFileSystemEntries(scope).Any()) Directory.Delete(scope);
    }

    private static IEnumerable<string> Folders(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal) : [];

    /// <summary>The service a replica belongs or belonged to; empty where nobody can tell any more.</summary>
    private static string ReadOwner(string folder)
    {
        try
        {
            byte[] json = SmallFile.ReadAllBytes(Path.Combine(folder, OwnerFile));
            return JsonSerializer.Deserialize<Owner>(json, ResourceJson.Options)?.Service ?? "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return "";
        }
    }

    private sealed record Owner(string Service);
}

/// <summary>The log of one engine process.</summary>
/// <param name="Replica">The replica it served.</param>
/// <param name="Service">The service of that replica; empty where unknown.</param>
/// <param name="Start">Its number among the replica's processes.</param>
/// <param name="File">Path of what it wrote last.</param>
public sealed record ReplicaLog(ResourceKey Replica, string Service, int Start, string File)
{
    /// <summary>Path of what was moved aside of it; the file need not exist.</summary>
    public string Aside => File + ReplicaLogStore.AsideSuffix;
}
