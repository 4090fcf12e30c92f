namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>
/// Q6_K: 128 bytes of lower four bits, 64 of upper two, 16 signed scales and their half-precision factor. Each half of the block has
/// four rows of 32 values: rows 0 and 1 in the lower, 2 and 3 in the upper halves of its 64 lower bytes; value i of all four rows
/// shares upper byte i. Values are around 32, and a scale counts for 16 of them.
/// </summary>
internal readonly struct Q6SuperBlock : IQuantizedBlock
{
    private const int UpperStart = 128;
    private const int ScalesStart = 192;
    private const int FactorStart = 208;

    public static void Read(ReadOnlySpan<byte> block, Span<float> values)
    {
        float factor = block.Scale(FactorStart);
        for (int row = 0; row < 8; row++)
        {
            (int half, int inHalf) = (row / 4, row % 4);
            ReadOnlySpan<byte> lower = block.Slice((half * 64) + (inHalf % 2 * 32), 32);
            ReadOnlySpan<byte> upper = block.Slice(UpperStart + (half * 32), 32);
            ReadOnlySpan<byte> scales = block.Slice(ScalesStart + (row * 2), 2);
            Span<float> target = values.Slice(row * 32, 32);
            for (int i = 0; i < target.Length; i++)
            {
                int value = (lower[i] >> (inHalf / 2 * 4) & 15) | (upper[i] >> (inHalf * 2) & 3) << 4;
                target[i] = factor * (sbyte)scales[i / 16] * (value - 32);
            }
        }
    }
}
