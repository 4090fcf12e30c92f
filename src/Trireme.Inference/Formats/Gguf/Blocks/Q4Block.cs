namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>Q4_0: scale, then 16 bytes; byte i holds values i and i + 16, each around 8.</summary>
internal readonly struct Q4Block : IQuantizedBlock
{
    public static void Read(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = block.Scale(0);
        ReadOnlySpan<byte> pairs = block[2..];
        for (int i = 0; i < pairs.Length; i++)
        {
            values[i] = ((pairs[i] & 15) - 8) * scale;
            values[i + 16] = ((pairs[i] >> 4) - 8) * scale;
        }
    }
}
