namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// The inputs of consecutive tokens as kernels over packed weights read them. Four tokens can always be read from any that exists:
/// what lies past the last one is memory without meaning, whose results are not kept.
/// </summary>
internal readonly unsafe struct QuantizedRows(sbyte* values, float* scales, int* sums, int* halfSums, int blocks)
{
    /// <summary>Tokens x blocks x 32 numbers from -127 to 127.</summary>
    public readonly sbyte* Values = values;

    /// <summary>Tokens x blocks.</summary>
    public readonly float* Scales = scales;

    /// <summary>Tokens x blocks: the sum of a block's numbers, by which offsets and minimums of weights count.</summary>
    public readonly int* Sums = sums;

    /// <summary>Tokens x blocks: the sum of the first half of a block's numbers.</summary>
    public readonly int* HalfSums = halfSums;

    /// <summary>Blocks of one token.</summary>
    public readonly int Blocks = blocks;

    /// <summary>Numbers of one token.</summary>
    public int Stride => Blocks * PackedLayout.BlockColumns;

    public QuantizedRows From(int token)
    {
        long block = (long)token * Blocks;
        return new QuantizedRows(Values + (block * PackedLayout.BlockColumns), Scales + block, Sums + block, HalfSums + block, Blocks);
    }
}
