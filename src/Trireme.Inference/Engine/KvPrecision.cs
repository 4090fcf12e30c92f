namespace Trireme.Inference.Engine;

#pragma warning disable CA1720 // The formats' own names are those of types.
/// <summary>How keys and values are kept.</summary>
public enum KvPrecision
{
    /// <summary>As they are computed.</summary>
    Float32,

    /// <summary>
    /// In eight bits with one float32 scale for each token, head and layer: about a quarter of the memory, at a rounding error of up to
    /// 1/254 of a head's largest number.
    /// </summary>
    Int8,
}
#pragma warning restore CA1720
