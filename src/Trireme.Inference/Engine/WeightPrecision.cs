#pragma warning disable CA1720 // The names are those of the number formats.
namespace Trireme.Inference.Engine;

/// <summary>How weights are held in memory, whatever the file holds.</summary>
public enum WeightPrecision
{
    /// <summary>
    /// As the file has them: bfloat16 and float32 in place, Q8_0 and Q4_0 rearranged without changing a value. Other quantised types
    /// become eight-bit ones, because a second rounding to four bits would lose what their finer scales keep.
    /// </summary>
    AsStored,

    /// <summary>bfloat16, rounded to the nearest; exact for files that hold bfloat16.</summary>
    BFloat16,

    /// <summary>Eight bits and a scale per 32 weights.</summary>
    Int8,

    /// <summary>
    /// Four bits and a scale per 32 weights in the layers. The embedding and output matrices, on which every token's logits hang
    /// directly, take eight.
    /// </summary>
    Int4,

    /// <summary>Single precision, exactly what the file holds: four bytes per weight, for comparisons.</summary>
    Float32,
}
