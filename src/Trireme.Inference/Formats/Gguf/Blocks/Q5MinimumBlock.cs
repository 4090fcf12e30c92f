using System.Runtime.Intrinsics;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>
/// Q5_1: scale, minimum, the fifth bits of all 32 values, then 16 bytes with the lower bits of values i and i + 16. The minimum is one
/// that is added.
/// </summary>
internal readonly struct Q5MinimumBlock : IQuantizedBlock
{
    public static TensorType Type => TensorType.Q5_1;

    public static int Offset => 0;

    public static Vector256<byte> Numbers(ReadOnlySpan<byte> block, int group) => block.Nibbles(8) | block.FifthBits(4);

    public static GroupFactors Factors(ReadOnlySpan<byte> block, int group) => new(block.Scale(0), -block.Scale(2));
}
