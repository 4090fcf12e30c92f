using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>
/// One block of a quantised tensor, in groups of 32 values. The layouts are those of ggml's block structures. A value is
/// scale * (number - offset) - minimum, computed in the order ggml computes it, so that it is the same to the last bit.
/// </summary>
internal interface IQuantizedBlock
{
    static abstract TensorType Type { get; }

    /// <summary>The number that stands for zero, where there is no minimum.</summary>
    static abstract int Offset { get; }

    /// <summary>Unpacks the 32 unsigned numbers of a group.</summary>
    static abstract Vector256<byte> Numbers(ReadOnlySpan<byte> block, int group);

    static abstract GroupFactors Factors(ReadOnlySpan<byte> block, int group);
}

/// <summary>What turns the numbers of a group into values.</summary>
/// <param name="Scale">Of the first sixteen values.</param>
/// <param name="UpperScale">Of the other sixteen; the same in most layouts.</param>
/// <param name="Minimum">What is subtracted.</param>
internal readonly record struct GroupFactors(float Scale, float UpperScale, float Minimum)
{
    public GroupFactors(float scale, float minimum = 0)
        : this(scale, scale, minimum)
    {
    }
}

/// <summary>Reads the fields of blocks.</summary>
internal static class BlockFields
{
    /// <summary>A half-precision scale or minimum.</summary>
    public static float Scale(this ReadOnlySpan<byte> block, int offset) => (float)BinaryPrimitives.ReadHalfLittleEndian(block[offset..]);

    /// <summary>Sixteen bytes that hold values i and i + 16 in their lower and upper four bits.</summary>
    public static Vector256<byte> Nibbles(this ReadOnlySpan<byte> block, int offset)
    {
        Vector128<byte> pairs = Vector128.Create(block.Slice(offset, Vector128<byte>.Count));
        return Vector256.Create(pairs & Vector128.Create((byte)15), pairs >> 4);
    }

    /// <summary>32 bytes.</summary>
    public static Vector256<byte> Bytes(this ReadOnlySpan<byte> block, int offset) =>
        Vector256.Create(block.Slice(offset, Vector256<byte>.Count));

    /// <summary>32 bits, the first lowest, each as the fifth bit of a byte.</summary>
    public static Vector256<byte> FifthBits(this ReadOnlySpan<byte> block, int offset)
    {
        uint bits = MemoryMarshal.Read<uint>(block[offset..]);
        var spread = Vector256.Shuffle(
            Vector256.Create(bits).AsByte(),
            Vector256.Create((byte)0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3));
        Vector256<byte> own = Vector256.Create(0x8040_2010_0804_0201).AsByte();
        return Vector256.Equals(spread & own, own) & Vector256.Create((byte)16);
    }
}
