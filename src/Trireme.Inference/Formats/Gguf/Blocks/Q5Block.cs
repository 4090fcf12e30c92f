using System.Buffers.Binary;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>
/// Q5_0: scale, the fifth bits of all 32 values, then 16 bytes with the lower bits of values i and i + 16. Values are around 16.
/// </summary>
internal readonly struct Q5Block : IQuantizedBlock
{
    public static void Read(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = block.Scale(0);
        uint fifth = BinaryPrimitives.ReadUInt32LittleEndian(block[2..]);
        ReadOnlySpan<byte> pairs = block[6..];
        for (int i = 0; i < pairs.Length; i++)
        {
            values[i] = (((pairs[i] & 15) | FifthBit(fifth, i)) - 16) * scale;
            values[i + 16] = (((pairs[i] >> 4) | FifthBit(fifth, i + 16)) - 16) * scale;
        }
    }

    /// <summary>The fifth bit of value i, in its place.</summary>
    public static int FifthBit(uint bits, int i) => (int)(bits >> i & 1) << 4;
}
