using System.Collections.Concurrent;
using Trireme.Contracts.Engines;

namespace Trireme.Inference.Formats;

/// <summary>
/// The digests a model's files must have. Every byte that becomes part of the model is checked against them as it is read: small files
/// before they are parsed, mapped ones beside the loading. What stays mapped is then looked at again and again.
/// </summary>
public sealed class FilePins : IDisposable
{
    private readonly Dictionary<string, string> _digests = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HeldFile> _held = new(StringComparer.Ordinal);

    public FilePins(IEnumerable<PinnedFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (PinnedFile file in files) _digests[Path.GetFullPath(file.Path)] = file.Digest;
    }

    public IReadOnlyCollection<string> Files => _digests.Keys;

    /// <summary>
    /// Begins to check what this thread and those it starts read of model files, until it is disposed. The check is complete with
    /// <see cref="PinnedReading.Complete"/>.
    /// </summary>
    /// <exception cref="ModelFileChangedException">A file is missing.</exception>
    public PinnedReading Begin() => new(this);

    /// <summary>
    /// Looks once at the files that are held: what is wrong with the first that has changed, or null. Reads a file whose times have
    /// changed while its size has not, because that may mean nothing.
    /// </summary>
    public string? FindChange(CancellationToken cancellationToken)
    {
        foreach (HeldFile file in _held.Values)
        {
            if (file.FindChange(cancellationToken) is { } change) return change;
        }

        return null;
    }

    public void Dispose()
    {
        foreach (HeldFile file in _held.Values) file.Dispose();
        _held.Clear();
    }

    internal string DigestOf(string path) => _digests.TryGetValue(path, out string? digest)
        ? digest
        : throw new ModelFileChangedException(path, "is not among the files that were verified.");

    internal void Hold(HeldFile file)
    {
        HeldFile? former = null;
        _held.AddOrUpdate(file.Path, file, (_, known) =>
        {
            former = known;
            return file;
        });
        former?.Dispose();
    }
}
