using System.Runtime.Intrinsics;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>
/// Q6_K: 128 bytes of lower four bits, 64 of upper two, 16 signed scales and their half-precision factor. Each half of the block has
/// four groups: 0 and 1 in the lower, 2 and 3 in the upper halves of its 64 lower bytes; value i of all four groups shares upper byte i.
/// Values are around 32, and a scale counts for 16 of them.
/// </summary>
internal readonly struct Q6SuperBlock : IQuantizedBlock
{
    private const int UpperStart = 128;
    private const int ScalesStart = 192;
    private const int FactorStart = 208;

    public static TensorType Type => TensorType.Q6_K;

    public static int Offset => 32;

    public static Vector256<byte> Numbers(ReadOnlySpan<byte> block, int group)
    {
        (int half, int inHalf) = (group / 4, group % 4);
        Vector256<byte> lower = block.Bytes((half * 64) + (inHalf % 2 * 32)) >> (inHalf / 2 * 4);
        Vector256<byte> upper = block.Bytes(UpperStart + (half * 32)) >> (inHalf * 2);
        return (lower & Vector256.Create((byte)15)) | ((upper & Vector256.Create((byte)3)) << 4);
    }

    public static GroupFactors Factors(ReadOnlySpan<byte> block, int group)
    {
        float factor = block.Scale(FactorStart);
        ReadOnlySpan<byte> scales = block.Slice(ScalesStart + (2 * group), 2);
        return new(factor * (sbyte)scales[0], factor * (sbyte)scales[1], Minimum: 0);
    }
}
