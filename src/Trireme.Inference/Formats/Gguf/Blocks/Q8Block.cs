namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>Q8_0: scale, then 32 signed bytes.</summary>
internal readonly struct Q8Block : IQuantizedBlock
{
    public static void Read(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = block.Scale(0);
        for (int i = 0; i < values.Length; i++) values[i] = (sbyte)block[2 + i] * scale;
    }
}
