using Trireme.Contracts.Storage;
using Trireme.Operator.Artifacts;

namespace Trireme.Operator.Releases;

/// <summary>
/// Where the links among a model's files may lead: into the model's own folder, or, in a Hugging Face cache, into its entry there, whose
/// snapshots link to its blobs, or from a tree of the artifact store to the store's blobs. A link that leaves it would have any file of
/// this machine read as a part of the model. What a release names itself may be reached through links of any kind.
/// </summary>
internal sealed class ModelBounds
{
    private readonly IReadOnlyList<string> _folders;

    private ModelBounds(params IEnumerable<string?> folders) => _folders = [.. folders.OfType<string>().Distinct()];

    /// <param name="folder">The model's folder.</param>
    /// <param name="store">The artifact store; null without one.</param>
    public static ModelBounds OfFolder(string folder, ArtifactLayout? store = null)
    {
        string? real = RealPath.Of(folder);
        return new ModelBounds(Entry(real), Blobs(real, store));
    }

    /// <summary>The other parts of a split model lie beside the file that is named, or beside what it links to.</summary>
    /// <param name="file">The file.</param>
    /// <param name="store">The artifact store; null without one.</param>
    public static ModelBounds OfFile(string file, ArtifactLayout? store = null)
    {
        string? folder = RealPath.Of(Path.GetDirectoryName(file)!);
        return new ModelBounds(Entry(folder), Path.GetDirectoryName(RealPath.Of(file)), Blobs(folder, store));
    }

    /// <summary>The file that holds the content: size and time must be those of what a link leads to.</summary>
    /// <exception cref="IOException">It leads out of the model's folder.</exception>
    public FileInfo Content(FileInfo file)
    {
        FileInfo content = Target(file);
        if (content == file) return content;
        string real = content.FullName;
        if (_folders.Any(folder => real.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))) return content;
        throw new IOException(
            $"{file.FullName} is a link to {real}, outside of {string.Join(" and ", _folders)}; put the file itself there.");
    }

    /// <summary>What a link leads to in the end; the file itself if it is none.</summary>
    /// <exception cref="IOException">Nothing is there, or the links run in a circle.</exception>
    public static FileInfo Target(FileInfo file)
    {
        if (file.LinkTarget is not { } target) return file;
        return RealPath.Of(file.FullName) is { } real
            ? new FileInfo(real)
            : throw new IOException($"{file.FullName} is a link to {target}, where no file can be found.");
    }

    /// <summary>Only the store's own trees lead to its blobs: anyone may put a link to another's file elsewhere.</summary>
    private static string? Blobs(string? folder, ArtifactLayout? store) =>
        store is not null
        && folder is not null
        && RealPath.Of(store.Trees) is { } trees
        && folder.StartsWith(trees + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? RealPath.Of(store.Blobs)
            : null;

    /// <summary>The folder models--OWNER--NAME for models--OWNER--NAME/snapshots/REVISION and what is below; else the folder.</summary>
    private static string? Entry(string? folder)
    {
        for (DirectoryInfo? at = folder is null ? null : new DirectoryInfo(folder); at?.Parent is { } parent; at = parent)
        {
            if (at.Name == "snapshots" && parent.Name.StartsWith("models--", StringComparison.Ordinal)) return parent.FullName;
        }

        return folder;
    }
}
