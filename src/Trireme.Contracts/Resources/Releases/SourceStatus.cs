namespace Trireme.Contracts.Resources;

/// <summary>How far the files at one of a release's addresses are on their way to this machine.</summary>
public sealed record SourceStatus
{
    /// <summary>The address as the spec has it.</summary>
    public required string Address { get; init; }

    public FetchPhase Phase { get; init; }

    /// <summary>
    /// What the address meant when it was first asked: the hub's commit, or a digest of names, sizes and versions. The release keeps to it,
    /// whatever the address means later.
    /// </summary>
    public string? Revision { get; init; }

    /// <summary>Folder or file that holds what was fetched.</summary>
    public string? Path { get; init; }

    /// <summary>Files there are.</summary>
    public int? Files { get; init; }

    /// <summary>Files that are here.</summary>
    public int? FetchedFiles { get; init; }

    /// <summary>Bytes of all files; absent while a server has not said it.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Bytes that are here, of whole files and of begun ones.</summary>
    public long? FetchedBytes { get; init; }

    /// <summary>Speed since the fetch began or went on.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>When the fetch ends at that speed.</summary>
    public DateTimeOffset? ExpectedAt { get; init; }
}

/// <summary>Where a fetch is.</summary>
public enum FetchPhase
{
    /// <summary>Its turn has not come, or it is tried again later.</summary>
    Waiting,

    /// <summary>The server is asked what there is.</summary>
    Listing,

    /// <summary>Files are on their way.</summary>
    Fetching,

    /// <summary>Every file is here.</summary>
    Fetched,

    /// <summary>It cannot be had as things are; the release's condition says why.</summary>
    Failed,
}
