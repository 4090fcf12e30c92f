using Trireme.Contracts.Resources;
using Trireme.Contracts.Storage;

namespace Trireme.Operator.Artifacts;

/// <summary>
/// Files of a hub's model as Python's huggingface_hub keeps them, so that HF_HUB_CACHE may name the store's folder "hub". Everything there
/// links to the store's own blobs.
/// </summary>
internal static class HubView
{
    public static void Write(ArtifactLayout layout, ArtifactAddress address, SourceRecord record)
    {
        string entry = Path.Combine(layout.Hub, EntryOf(address.Container));
        string inside = record.IsFile ? Path.GetDirectoryName(address.Path) ?? "" : address.Path;
        foreach (StoredFile file in record.Files)
        {
            if (file.HubName is null) continue;
            Link(Path.Combine(entry, "blobs", file.HubName), $"../../../blobs/{file.Sha256}");
            string name = inside.Length == 0 ? file.Name : $"{inside}/{file.Name}";
            Link(Path.Combine(entry, "snapshots", record.Revision, name), $"{ArtifactLayout.Up(name)}blobs/{file.HubName}");
        }

        if (address.Revision is { } revision && revision != record.Revision)
        {
            PrivateFile.Write(Path.Combine(entry, "refs", revision), record.Revision);
        }
    }

    /// <summary>models--OWNER--NAME.</summary>
    public static string EntryOf(string container) => "models--" + container.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>Removes links to what is gone, and folders that are empty without them.</summary>
    [Contracts.Serialization.BoundedDepth("the store's own folders, which are as deep as names that were checked")]
    public static void Prune(DirectoryInfo folder)
    {
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget is not null)
            {
                // A link to nothing exists, for File.Exists.
                if (RealPath.Of(entry.FullName) is null) entry.Delete();
            }
            else if (entry is DirectoryInfo inner)
            {
                Prune(inner);
                if (inner.Name != "refs" && !inner.EnumerateFileSystemInfos().Any()) inner.Delete();
            }
        }
    }

    private static void Link(string path, string target)
    {
        if (new FileInfo(path).LinkTarget == target) return;
        PrivateFile.CreateFolder(Path.GetDirectoryName(path)!);
        File.Delete(path);
        File.CreateSymbolicLink(path, target);
    }
}
