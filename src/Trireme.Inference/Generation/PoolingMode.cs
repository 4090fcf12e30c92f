namespace Trireme.Inference.Generation;

/// <summary>Which tokens' hidden states make a text's embedding.</summary>
public enum PoolingMode
{
    /// <summary>The average over all tokens.</summary>
    Mean,

    /// <summary>The last token's, which has seen all others.</summary>
    Last,

    /// <summary>The first token's; of use only to models trained to fill it.</summary>
    First,
}
