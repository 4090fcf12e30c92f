namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>
/// The scales and minimums of the eight groups of 32 values in Q4_K and Q5_K: two half-precision factors, then eight pairs of six-bit
/// numbers in twelve bytes. The first four pairs fill the lower six bits of bytes 0 to 7; of the last four, the lower four bits lie
/// in bytes 8 to 11 and the upper two above those of the first.
/// </summary>
internal readonly ref struct GroupScales(ReadOnlySpan<byte> block)
{
    /// <summary>Bytes before the values.</summary>
    public const int Length = 16;

    private readonly float _scale = block.Scale(0);
    private readonly float _minimum = block.Scale(2);
    private readonly ReadOnlySpan<byte> _packed = block[4..Length];

    /// <summary>A group's scale, and the minimum that is subtracted.</summary>
    public (float Scale, float Minimum) Group(int group)
    {
        int scale = group < 4 ? _packed[group] & 63 : (_packed[group + 4] & 15) | (_packed[group - 4] >> 6 << 4);
        int minimum = group < 4 ? _packed[group + 4] & 63 : (_packed[group + 4] >> 4) | (_packed[group] >> 6 << 4);
        return (_scale * scale, _minimum * minimum);
    }
}
