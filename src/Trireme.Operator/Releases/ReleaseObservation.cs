using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;

namespace Trireme.Operator.Releases;

/// <summary>What was found on disk for a release.</summary>
internal sealed record ReleaseObservation(SourceObservation Model)
{
    public SourceObservation? DraftModel { get; init; }

    public SourceObservation? ChatTemplate { get; init; }

    /// <summary>Adapters in the release's order.</summary>
    public IReadOnlyList<AdapterObservation> Adapters { get; init; } = [];

    /// <summary>What of its parts does not belong together; null if nothing is known not to, or nobody asked.</summary>
    public string? Mismatch { get; init; }

    public IEnumerable<SourceObservation> Sources()
    {
        yield return Model;
        if (DraftModel is not null) yield return DraftModel;
        if (ChatTemplate is not null) yield return ChatTemplate;
        foreach (AdapterObservation adapter in Adapters) yield return adapter.Source;
    }
}

/// <summary>What was found on disk for one of a release's adapters.</summary>
internal sealed record AdapterObservation(string Name, SourceObservation Source);

/// <summary>What a path of a release leads to.</summary>
internal enum SourceKind
{
    /// <summary>A folder in Hugging Face layout, or a GGUF file.</summary>
    Model,

    /// <summary>A folder in PEFT's layout.</summary>
    Adapter,

    /// <summary>A Jinja file.</summary>
    ChatTemplate,
}

/// <summary>What was found on disk for one path of a release.</summary>
internal sealed record SourceObservation
{
    public required SourceKind Kind { get; init; }

    /// <summary>The folder or file as the release names it.</summary>
    public required string Path { get; init; }

    /// <summary>True where the path must lead to a file, false where to a folder.</summary>
    public bool IsFile => Kind == SourceKind.ChatTemplate || (Kind == SourceKind.Model && ModelSource.NamesFile(Path));

    /// <summary>Paths that were tried, in order.</summary>
    public required IReadOnlyList<string> Looked { get; init; }

    /// <summary>The first of them that exists; null if none does.</summary>
    public string? ResolvedPath { get; init; }

    /// <summary>Why it could not be read; null if it could.</summary>
    public string? Unreadable { get; init; }

    /// <summary>Every file with its digest, ordered by name.</summary>
    public IReadOnlyList<ArtifactPin> Artifacts { get; init; } = [];

    public long SizeBytes { get; init; }

    /// <summary>The same files by their absolute paths.</summary>
    public IEnumerable<PinnedFile> Pins()
    {
        if (ResolvedPath is not { } found) return [];
        return Artifacts.Select(artifact => new PinnedFile(IsFile ? found : System.IO.Path.Combine(found, artifact.File), artifact.Digest));
    }
}
