using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Storage;
using Trireme.Operator.Artifacts;

namespace Trireme.Operator.Releases;

/// <summary>Finds what a release names and digests its files.</summary>
internal sealed class ReleaseReader(IReadOnlyList<string> modelRoots, FileDigests digests, ArtifactLayout? store = null)
    : IReleaseReader
{
    /// <summary>A model in Hugging Face layout has tens of files; more means that the path names something else.</summary>
    internal const int MaxFiles = 1024;

    private readonly PartsReader _parts = new();

    public async Task<ReleaseObservation> ReadAsync(EngineFiles files, bool comparesParts, CancellationToken cancellationToken)
    {
        SourceObservation model = await ReadAsync(SourceKind.Model, files.Model, cancellationToken);
        SourceObservation? draft =
            files.DraftModel is { } draftPath ? await ReadAsync(SourceKind.Model, draftPath, cancellationToken) : null;
        SourceObservation? template =
            files.ChatTemplate is { } templatePath ? await ReadAsync(SourceKind.ChatTemplate, templatePath, cancellationToken) : null;
        var adapters = new List<AdapterObservation>(files.Adapters.Count);
        foreach ((string name, string path) in files.Adapters)
        {
            adapters.Add(new AdapterObservation(name, await ReadAsync(SourceKind.Adapter, path, cancellationToken)));
        }

        var seen = new ReleaseObservation(model) { DraftModel = draft, ChatTemplate = template, Adapters = adapters };
        return comparesParts ? seen with { Mismatch = await _parts.MismatchAsync(seen, cancellationToken) } : seen;
    }

    private async Task<SourceObservation> ReadAsync(SourceKind kind, string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> candidates = Path.IsPathRooted(path)
            ? [Path.GetFullPath(path)]
            : [.. modelRoots.Select(root => Path.GetFullPath(Path.Combine(root, path)))];
        var source = new SourceObservation { Kind = kind, Path = path, Looked = candidates };
        source = source with { ResolvedPath = candidates.FirstOrDefault(source.IsFile ? File.Exists : Directory.Exists) };
        if (source.ResolvedPath is not { } found) return source;
        try
        {
            return source.IsFile
                ? await ReadFileAsync(source, found, cancellationToken)
                : await ReadFolderAsync(source, found, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && !SystemShortage.IsBehind(exception))
        {
            return source with { Unreadable = exception.Message };
        }
    }

    private async Task<SourceObservation> ReadFileAsync(SourceObservation source, string path, CancellationToken cancellationToken)
    {
        FileInfo content = ModelBounds.Target(new FileInfo(path));
        if (source.Kind == SourceKind.Model && !await BeginsAsGgufAsync(content, cancellationToken))
        {
            const string Problem = "it does not begin with \"GGUF\", as every GGUF file does; download or write it again.";
            return source with { Unreadable = Problem };
        }

        // The parts of a split model belong together, whichever of them the release names.
        ModelBounds bounds = ModelBounds.OfFile(path, store);
        var artifacts = new List<ArtifactPin>();
        long bytes = 0;
        foreach (string part in source.Kind == SourceKind.Model ? GgufParts.Of(path) : [path])
        {
            FileInfo file = part == path ? content : bounds.Content(new FileInfo(part));
            artifacts.Add(new ArtifactPin { File = Path.GetFileName(part), Digest = await digests.OfAsync(file, cancellationToken) });
            bytes += file.Length;
        }

        return source with { Artifacts = artifacts, SizeBytes = bytes };
    }

    /// <summary>The engine reads the rest; this keeps a file that is something else altogether from ever becoming a replica.</summary>
    private static async Task<bool> BeginsAsGgufAsync(FileInfo file, CancellationToken cancellationToken)
    {
        var head = new byte[4];
        await using FileStream stream = RegularFile.OpenRead(file.FullName, head.Length);
        int read = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        return head.AsSpan(0, read).SequenceEqual("GGUF"u8);
    }

    private async Task<SourceObservation> ReadFolderAsync(SourceObservation source, string folder, CancellationToken cancellationToken)
    {
        var files = new List<FileInfo>();
        Collect(new DirectoryInfo(folder), files);
        ModelBounds bounds = ModelBounds.OfFolder(folder, store);
        var artifacts = new List<ArtifactPin>(files.Count);
        long size = 0;
        foreach (FileInfo file in files)
        {
            string name = Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            FileInfo content = bounds.Content(file);
            artifacts.Add(new ArtifactPin { File = name, Digest = await digests.OfAsync(content, cancellationToken) });
            size += content.Length;
        }

        artifacts.Sort(static (left, right) => string.CompareOrdinal(left.File, right.File));
        return source with { Artifacts = artifacts, SizeBytes = size };
    }

    /// <summary>Hidden entries are caches and version control, and linked folders may run in circles: neither is part of a model.</summary>
    private static void Collect(DirectoryInfo folder, List<FileInfo> files)
    {
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.Name.StartsWith('.')) continue;
            if (entry is FileInfo file) files.Add(file);
            else if (entry is DirectoryInfo inner && inner.LinkTarget is null) Collect(inner, files);
            if (files.Count <= MaxFiles) continue;
            throw new IOException($"More than {MaxFiles} files; the path must name the folder of one model or adapter.");
        }
    }
}
