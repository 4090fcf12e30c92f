namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>
/// Q5_K: group scales, then 32 bytes whose bit g is the fifth bit of value i of group g, then 128 bytes with the lower bits as in
/// Q4_K.
/// </summary>
internal readonly struct Q5SuperBlock : IQuantizedBlock
{
    public static void Read(ReadOnlySpan<byte> block, Span<float> values)
    {
        var scales = new GroupScales(block);
        ReadOnlySpan<byte> fifth = block.Slice(GroupScales.Length, 32);
        for (int group = 0; group < 8; group++)
        {
            (float scale, float minimum) = scales.Group(group);
            ReadOnlySpan<byte> pairs = block.Slice(GroupScales.Length + 32 + (group / 2 * 32), 32);
            int shift = group % 2 * 4;
            Span<float> target = values.Slice(group * 32, 32);
            for (int i = 0; i < pairs.Length; i++)
            {
                int value = (pairs[i] >> shift & 15) | (fifth[i] >> group & 1) << 4;
                target[i] = (scale * value) - minimum;
            }
        }
    }
}
