using Trireme.Contracts.Resources;

namespace Trireme.Operator.Releases;

/// <summary>What was found on disk for a release.</summary>
internal sealed record ReleaseObservation
{
    /// <summary>Folders that were tried, in order.</summary>
    public required IReadOnlyList<string> Looked { get; init; }

    /// <summary>The first of them that exists; null if none does.</summary>
    public string? ResolvedPath { get; init; }

    /// <summary>Why the folder could not be read; null if it could.</summary>
    public string? Unreadable { get; init; }

    /// <summary>Every file with its digest, ordered by name.</summary>
    public IReadOnlyList<ArtifactPin> Artifacts { get; init; } = [];

    public long SizeBytes { get; init; }
}
