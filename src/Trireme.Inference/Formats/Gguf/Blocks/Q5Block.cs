using System.Runtime.Intrinsics;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>
/// Q5_0: scale, the fifth bits of all 32 values, then 16 bytes with the lower bits of values i and i + 16. Values are around 16.
/// </summary>
internal readonly struct Q5Block : IQuantizedBlock
{
    public static TensorType Type => TensorType.Q5_0;

    public static int Offset => 16;

    public static Vector256<byte> Numbers(ReadOnlySpan<byte> block, int group) => block.Nibbles(6) | block.FifthBits(2);

    public static GroupFactors Factors(ReadOnlySpan<byte> block, int group) => new(block.Scale(0));
}
