namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>Q4_K: group scales, then 128 bytes; each 32 of them hold one group in the lower and the next in the upper halves.</summary>
internal readonly struct Q4SuperBlock : IQuantizedBlock
{
    public static void Read(ReadOnlySpan<byte> block, Span<float> values)
    {
        var scales = new GroupScales(block);
        for (int group = 0; group < 8; group++)
        {
            (float scale, float minimum) = scales.Group(group);
            ReadOnlySpan<byte> pairs = block.Slice(GroupScales.Length + (group / 2 * 32), 32);
            int shift = group % 2 * 4;
            Span<float> target = values.Slice(group * 32, 32);
            for (int i = 0; i < pairs.Length; i++) target[i] = (scale * (pairs[i] >> shift & 15)) - minimum;
        }
    }
}
