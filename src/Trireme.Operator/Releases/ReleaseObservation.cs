using Trireme.Contracts.Resources;

namespace Trireme.Operator.Releases;

/// <summary>What was found on disk for a release.</summary>
internal sealed record ReleaseObservation(SourceObservation Model, SourceObservation? DraftModel = null);

/// <summary>What was found on disk for one model.</summary>
internal sealed record SourceObservation
{
    /// <summary>The folder or file as the release names it.</summary>
    public required string Path { get; init; }

    /// <summary>Paths that were tried, in order.</summary>
    public required IReadOnlyList<string> Looked { get; init; }

    /// <summary>The first of them that exists; null if none does.</summary>
    public string? ResolvedPath { get; init; }

    /// <summary>Why the model could not be read; null if it could.</summary>
    public string? Unreadable { get; init; }

    /// <summary>Every file with its digest, ordered by name.</summary>
    public IReadOnlyList<ArtifactPin> Artifacts { get; init; } = [];

    public long SizeBytes { get; init; }
}
