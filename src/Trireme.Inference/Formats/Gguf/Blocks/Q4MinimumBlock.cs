namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>Q4_1: scale, minimum, then 16 bytes; byte i holds values i and i + 16.</summary>
internal readonly struct Q4MinimumBlock : IQuantizedBlock
{
    public static void Read(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = block.Scale(0);
        float minimum = block.Scale(2);
        ReadOnlySpan<byte> pairs = block[4..];
        for (int i = 0; i < pairs.Length; i++)
        {
            values[i] = ((pairs[i] & 15) * scale) + minimum;
            values[i + 16] = ((pairs[i] >> 4) * scale) + minimum;
        }
    }
}
