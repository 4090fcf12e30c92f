using System.Buffers.Binary;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>Q5_1: scale, minimum, the fifth bits of all 32 values, then 16 bytes with the lower bits of values i and i + 16.</summary>
internal readonly struct Q5MinimumBlock : IQuantizedBlock
{
    public static void Read(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = block.Scale(0);
        float minimum = block.Scale(2);
        uint fifth = BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        ReadOnlySpan<byte> pairs = block[8..];
        for (int i = 0; i < pairs.Length; i++)
        {
            values[i] = (((pairs[i] & 15) | Q5Block.FifthBit(fifth, i)) * scale) + minimum;
            values[i + 16] = (((pairs[i] >> 4) | Q5Block.FifthBit(fifth, i + 16)) * scale) + minimum;
        }
    }
}
