namespace Trireme.Inference.Generation;

/// <summary>Asks for one vector of a prompt instead of an answer.</summary>
public sealed record EmbeddingOptions
{
    /// <summary>Which tokens' states make the vector.</summary>
    public required PoolingMode Pooling { get; init; }

    /// <summary>Scales the vector to length one.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>
    /// The first dimensions only, cut off before scaling, as models trained for several sizes expect; all when absent.
    /// </summary>
    public int? Dimensions { get; init; }
}
