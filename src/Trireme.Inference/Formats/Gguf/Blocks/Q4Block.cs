using System.Runtime.Intrinsics;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>Q4_0: scale, then 16 bytes; byte i holds values i and i + 16, each around 8.</summary>
internal readonly struct Q4Block : IQuantizedBlock
{
    public static TensorType Type => TensorType.Q4_0;

    public static int Offset => 8;

    public static Vector256<byte> Numbers(ReadOnlySpan<byte> block, int group) => block.Nibbles(2);

    public static GroupFactors Factors(ReadOnlySpan<byte> block, int group) => new(block.Scale(0));
}
