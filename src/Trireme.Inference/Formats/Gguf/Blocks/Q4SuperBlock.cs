using System.Runtime.Intrinsics;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>Q4_K: group scales, then 128 bytes; each 32 of them hold one group in the lower and the next in the upper halves.</summary>
internal readonly struct Q4SuperBlock : IQuantizedBlock
{
    public static TensorType Type => TensorType.Q4_K;

    public static int Offset => 0;

    public static Vector256<byte> Numbers(ReadOnlySpan<byte> block, int group) => Nibbles(block, GroupScales.Length, group);

    public static GroupFactors Factors(ReadOnlySpan<byte> block, int group) => GroupScales.Factors(block, group);

    /// <summary>The lower four bits of a group's numbers.</summary>
    public static Vector256<byte> Nibbles(ReadOnlySpan<byte> block, int start, int group) =>
        (block.Bytes(start + (group / 2 * 32)) >> (group % 2 * 4)) & Vector256.Create((byte)15);
}
