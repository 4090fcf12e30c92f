using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>What the platform found out about the release.</summary>
public sealed record ReleaseStatus
{
    /// <summary>Aspects of its state, one of each type.</summary>
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    /// <summary>The generation of the spec this was made from.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>
    /// SHA-256 over the digests of all files, adapters and templates included, and over the spec but for description and pullSecret, which
    /// are no content: the identity that responses, metrics and traces carry.
    /// </summary>
    public string? ContentHash { get; init; }

    /// <summary>First 12 hexadecimal digits of the content hash.</summary>
    public string? ShortHash { get; init; }

    /// <summary>What is fetched from elsewhere, one for each address that the spec names.</summary>
    [ListMap("address")]
    public IReadOnlyList<SourceStatus>? Sources { get; init; }

    /// <summary>Absolute folder or file that was verified.</summary>
    public string? ResolvedPath { get; init; }

    /// <summary>Digests found on disk.</summary>
    [ListMap("file")]
    public IReadOnlyList<ArtifactPin>? Artifacts { get; init; }

    /// <summary>Size of all files in bytes.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>The same for people, as 1.25 GiB.</summary>
    public string? Size { get; init; }

    /// <summary>The model that drafts, of a release that names one.</summary>
    public DraftModelStatus? DraftModel { get; init; }

    /// <summary>The chat template that replaces the model's own, of a release that names one.</summary>
    public ChatTemplateStatus? ChatTemplate { get; init; }

    /// <summary>The LoRA adapters, in the order of the spec.</summary>
    [ListMap("name")]
    public IReadOnlyList<AdapterStatus>? Adapters { get; init; }
}

/// <summary>What was found out about a release's draft model.</summary>
public sealed record DraftModelStatus
{
    /// <summary>Absolute folder or file that was verified.</summary>
    public required string ResolvedPath { get; init; }

    /// <summary>Digests found on disk; part of the release's content hash.</summary>
    [ListMap("file")]
    public required IReadOnlyList<ArtifactPin> Artifacts { get; init; }

    /// <summary>Size of all files in bytes.</summary>
    public required long SizeBytes { get; init; }
}

/// <summary>What was found out about a release's chat template.</summary>
public sealed record ChatTemplateStatus
{
    /// <summary>Absolute file that was verified.</summary>
    public required string ResolvedPath { get; init; }

    /// <summary>Digest found on disk; part of the release's content hash.</summary>
    public required string Digest { get; init; }

    /// <summary>Size in bytes.</summary>
    public required long SizeBytes { get; init; }
}

/// <summary>What was found out about one of a release's LoRA adapters.</summary>
public sealed record AdapterStatus
{
    /// <summary>Name that requests call it by.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute folder that was verified.</summary>
    public required string ResolvedPath { get; init; }

    /// <summary>Digests found on disk; part of the release's content hash.</summary>
    [ListMap("file")]
    public required IReadOnlyList<ArtifactPin> Artifacts { get; init; }

    /// <summary>Size of all files in bytes.</summary>
    public required long SizeBytes { get; init; }
}

/// <summary>Conditions of a Release.</summary>
public static class ReleaseConditions
{
    /// <summary>True when every file is there with the pinned digest; Unknown while files are fetched or cannot be asked for.</summary>
    public const string Verified = "Verified";
}
