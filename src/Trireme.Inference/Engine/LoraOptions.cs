namespace Trireme.Inference.Engine;

/// <summary>How many adapters an engine may hold beside its model, with vLLM's defaults for their size.</summary>
public sealed record LoraOptions
{
    /// <summary>Most adapters at once; all of them may share a batch.</summary>
    public int MaxAdapters { get; init; } = 4;

    /// <summary>Largest rank of an adapter.</summary>
    public int MaxRank { get; init; } = 16;

    /// <summary>
    /// Bytes of the memory budget that are kept for adapters; enough for <see cref="MaxAdapters"/> of <see cref="MaxRank"/> on all
    /// modules in single precision when absent.
    /// </summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Adapters to load at the start: names and folders.</summary>
    public IReadOnlyList<(string Name, string Path)> Adapters { get; init; } = [];
}
