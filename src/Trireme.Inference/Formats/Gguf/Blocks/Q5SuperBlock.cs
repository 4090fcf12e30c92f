using System.Runtime.Intrinsics;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>
/// Q5_K: group scales, then 32 bytes whose bit g is the fifth bit of value i of group g, then 128 bytes with the lower bits as in
/// Q4_K.
/// </summary>
internal readonly struct Q5SuperBlock : IQuantizedBlock
{
    private const int FifthBytes = 32;

    public static TensorType Type => TensorType.Q5_K;

    public static int Offset => 0;

    public static Vector256<byte> Numbers(ReadOnlySpan<byte> block, int group)
    {
        Vector256<byte> fifth = (block.Bytes(GroupScales.Length) >> group) & Vector256<byte>.One;
        return Q4SuperBlock.Nibbles(block, GroupScales.Length + FifthBytes, group) | (fifth << 4);
    }

    public static GroupFactors Factors(ReadOnlySpan<byte> block, int group) => GroupScales.Factors(block, group);
}
