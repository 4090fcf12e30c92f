using System.Runtime.Intrinsics;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>Q4_1: scale, minimum, then 16 bytes; byte i holds values i and i + 16. The minimum is one that is added.</summary>
internal readonly struct Q4MinimumBlock : IQuantizedBlock
{
    public static TensorType Type => TensorType.Q4_1;

    public static int Offset => 0;

    public static Vector256<byte> Numbers(ReadOnlySpan<byte> block, int group) => block.Nibbles(4);

    public static GroupFactors Factors(ReadOnlySpan<byte> block, int group) => new(block.Scale(0), -block.Scale(2));
}
