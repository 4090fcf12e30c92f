using System.Buffers.Binary;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>
/// One block of a quantised tensor. The layouts are those of ggml's block structures; a value is computed in the order ggml computes
/// it, so that it is the same to the last bit.
/// </summary>
internal interface IQuantizedBlock
{
    /// <summary>Dequantises one block into as many values as it holds.</summary>
    static abstract void Read(ReadOnlySpan<byte> block, Span<float> values);
}

/// <summary>Reads the fields of blocks.</summary>
internal static class BlockFields
{
    /// <summary>A half-precision scale or minimum.</summary>
    public static float Scale(this ReadOnlySpan<byte> block, int offset) => (float)BinaryPrimitives.ReadHalfLittleEndian(block[offset..]);
}
