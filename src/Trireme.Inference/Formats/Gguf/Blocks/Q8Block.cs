using System.Runtime.Intrinsics;

namespace Trireme.Inference.Formats.Gguf.Blocks;

/// <summary>Q8_0: scale, then 32 signed bytes.</summary>
internal readonly struct Q8Block : IQuantizedBlock
{
    public static TensorType Type => TensorType.Q8_0;

    public static int Offset => 128;

    // Adding 128 turns the highest bit around.
    public static Vector256<byte> Numbers(ReadOnlySpan<byte> block, int group) => block.Bytes(2) ^ Vector256.Create((byte)Offset);

    public static GroupFactors Factors(ReadOnlySpan<byte> block, int group) => new(block.Scale(0));
}
