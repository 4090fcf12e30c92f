namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>
/// The scales and minimums of the eight groups of 32 values in Q4_K and Q5_K: two half-precision factors, then eight pairs of six-bit
/// numbers in twelve bytes. The first four pairs fill the lower six bits of bytes 0 to 7; of the last four, the lower four bits lie
/// in bytes 8 to 11 and the upper two above those of the first.
/// </summary>
internal static class GroupScales
{
    /// <summary>Bytes before the values.</summary>
    public const int Length = 16;

    public static GroupFactors Factors(ReadOnlySpan<byte> block, int group)
    {
        ReadOnlySpan<byte> packed = block[4..Length];
        int scale = group < 4 ? packed[group] & 63 : (packed[group + 4] & 15) | (packed[group - 4] >> 6 << 4);
        int minimum = group < 4 ? packed[group + 4] & 63 : (packed[group + 4] >> 4) | (packed[group] >> 6 << 4);
        return new(block.Scale(0) * scale, block.Scale(2) * minimum);
    }
}
