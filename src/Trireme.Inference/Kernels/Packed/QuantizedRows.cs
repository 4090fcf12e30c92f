namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// The inputs of consecutive tokens as kernels over packed weights read them. Four tokens can always be read from any that exists:
/// what lies past the last one is memory without meaning, whose results are not kept.
/// </summary>
internal readonly unsafe struct QuantizedRows(sbyte* values, short* wide, float* scales, int* sums, int blocks)
{
    /// <summary>Tokens x blocks x 32 numbers from -127 to 127.</summary>
    public readonly sbyte* Values = values;

    /// <summary>The same numbers in 16 bits, for paths that multiply so; null for others.</summary>
    public readonly short* Wide = wide;

    /// <summary>Tokens x blocks.</summary>
    public readonly float* Scales = scales;

    /// <summary>Tokens x blocks: the sum of a block's numbers, which takes back the offset that makes weights unsigned.</summary>
    public readonly int* Sums = sums;

    /// <summary>Blocks of one token.</summary>
    public readonly int Blocks = blocks;

    /// <summary>Numbers of one token.</summary>
    public int Stride => Blocks * PackedLayout.BlockColumns;

    public QuantizedRows From(int token)
    {
        long block = (long)token * Blocks;
        long number = block * PackedLayout.BlockColumns;
        return new QuantizedRows(Values + number, Wide is null ? null : Wide + number, Scales + block, Sums + block, Blocks);
    }
}
