using System.Runtime.InteropServices;

namespace Trireme.Inference.Formats;

/// <summary>Reads tensors of any type as single-precision numbers.</summary>
internal static class TensorRows
{
    /// <summary>Widens or dequantises consecutive elements.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="first">Index of the first element, a multiple of the type's block size.</param>
    /// <param name="destination">Takes the elements; its length is a multiple of the type's block size.</param>
    public static void Read(ModelTensor tensor, long first, Span<float> destination)
    {
        int blockElements = tensor.Type.BlockElements();
        int blockBytes = tensor.Type.BlockBytes();
        ReadOnlySpan<byte> source = tensor.Slice(first / blockElements * blockBytes, destination.Length / blockElements * blockBytes);
        switch (tensor.Type)
        {
            case TensorType.F32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case TensorType.F16:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(source);
                for (int i = 0; i < halves.Length; i++) destination[i] = (float)halves[i];
                break;
            case TensorType.BF16:
                ReadOnlySpan<ushort> uppers = MemoryMarshal.Cast<byte, ushort>(source);
                for (int i = 0; i < uppers.Length; i++) destination[i] = BitConverter.UInt32BitsToSingle((uint)uppers[i] << 16);
                break;
            default:
                throw new NotSupportedException($"{tensor.Type} is not read yet.");
        }
    }
}
