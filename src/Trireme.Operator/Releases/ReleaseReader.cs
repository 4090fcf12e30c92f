using Trireme.Contracts.Resources;

namespace Trireme.Operator.Releases;

/// <summary>Finds a release's folder and digests its files.</summary>
internal sealed class ReleaseReader(IReadOnlyList<string> modelRoots, FileDigests digests)
{
    /// <summary>A model in Hugging Face layout has tens of files; more means that the path names something else.</summary>
    internal const int MaxFiles = 1024;

    public async Task<ReleaseObservation> ReadAsync(string sourcePath, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> candidates = Path.IsPathRooted(sourcePath)
            ? [Path.GetFullPath(sourcePath)]
            : [.. modelRoots.Select(root => Path.GetFullPath(Path.Combine(root, sourcePath)))];
        var observation = new ReleaseObservation { Looked = candidates, ResolvedPath = candidates.FirstOrDefault(Directory.Exists) };
        if (observation.ResolvedPath is not { } folder) return observation;
        try
        {
            return await DigestAsync(observation, folder, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return observation with { Unreadable = exception.Message };
        }
    }

    private async Task<ReleaseObservation> DigestAsync(ReleaseObservation observation, string folder, CancellationToken cancellationToken)
    {
        var files = new List<FileInfo>();
        Collect(new DirectoryInfo(folder), files);
        var artifacts = new List<ArtifactPin>(files.Count);
        long size = 0;
        foreach (FileInfo file in files)
        {
            string name = Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/');

            // Hugging Face caches link each file to a blob; size and time must be the blob's.
            FileInfo content = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            artifacts.Add(new ArtifactPin { File = name, Digest = await digests.OfAsync(content, cancellationToken) });
            size += content.Length;
        }

        artifacts.Sort(static (left, right) => string.CompareOrdinal(left.File, right.File));
        return observation with { Artifacts = artifacts, SizeBytes = size };
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
            throw new IOException($"More than {MaxFiles} files; spec.source.path must name the folder of one model.");
        }
    }
}
