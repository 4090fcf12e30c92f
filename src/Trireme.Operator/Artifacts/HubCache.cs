using Trireme.Contracts.Storage;

namespace Trireme.Operator.Artifacts;

/// <summary>The cache that Python's huggingface_hub keeps on this machine, which is read and never written.</summary>
internal sealed class HubCache(string? folder)
{
    /// <summary>Takes a file from there into the store, if it is there and what it should be.</summary>
    /// <returns>The content's SHA-256; null if it must be fetched.</returns>
    public async Task<string?> TakeAsync(string container, RemoteFile file, ArtifactStore store, CancellationToken cancellationToken)
    {
        if (folder is null || (file.Sha256 ?? file.GitSha1) is not { } name) return null;
        string entry = Path.Combine(folder, HubView.EntryOf(container));
        if (RealPath.Of(Path.Combine(entry, "blobs", name)) is not { } blob || RealPath.Of(entry) is not { } bounds) return null;

        // Someone else's link may lead to any file of this machine.
        if (!blob.StartsWith(bounds + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return null;
        try
        {
            using var check = new ContentCheck(file);
            await using (FileStream stream = RegularFile.OpenRead(blob, 0))
            {
                if (stream.Length != file.SizeBytes) return null;
                await check.AppendAsync(stream, cancellationToken);
            }

            (string sha256, string? difference) = check.End();
            if (difference is not null) return null;
            store.Import(blob, sha256);
            return sha256;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && !SystemShortage.IsBehind(exception))
        {
            // What cannot be read there is fetched.
            return null;
        }
    }
}
