namespace Trireme.Contracts.Resources;

/// <summary>A page of resources with the revision it was read at.</summary>
public sealed record ResourceList<T>
    where T : IResource
{
    public required string ApiVersion { get; init; }

    public required string Kind { get; init; }

    public ListMeta Metadata { get; init; } = new();

    public IReadOnlyList<T> Items { get; init; } = [];
}

public sealed record ListMeta
{
    /// <summary>Revision of the whole store at which the list was read; a watch may start from it.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Token for the next page; empty on the last one.</summary>
    public string? Continue { get; init; }

    public long? RemainingItemCount { get; init; }
}
