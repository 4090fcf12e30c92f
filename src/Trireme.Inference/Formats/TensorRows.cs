using System.Runtime.InteropServices;
using Trireme.Inference.Formats.Gguf.Blocks;

namespace Trireme.Inference.Formats;

/// <summary>Reads tensors of any type as single-precision numbers.</summary>
internal static class TensorRows
{
    /// <summary>Widens or dequantises consecutive elements, in the order of the tensor's rows.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="first">Index of the first element, a multiple of the type's block size.</param>
    /// <param name="destination">Takes the elements; its length is a multiple of the type's block size.</param>
    public static void Read(ModelTensor tensor, long first, Span<float> destination)
    {
        int blockElements = tensor.Type.BlockElements();
        int blockBytes = tensor.Type.BlockBytes();
        if (tensor.RowsInOrder)
        {
            int length = destination.Length / blockElements * blockBytes;
            Convert(tensor.Type, tensor.Slice(first / blockElements * blockBytes, length), destination);
            return;
        }

        while (!destination.IsEmpty)
        {
            (long row, long start) = Math.DivRem(first, tensor.RowElements);
            int count = (int)Math.Min(destination.Length, tensor.RowElements - start);
            ReadOnlySpan<byte> bytes = tensor.RowBytes(checked((int)row));
            int offset = (int)(start / blockElements * blockBytes);
            Convert(tensor.Type, bytes.Slice(offset, count / blockElements * blockBytes), destination[..count]);
            destination = destination[count..];
            first += count;
        }
    }

    /// <summary>Widens or dequantises the stored bytes of whole blocks.</summary>
    public static void Convert(TensorType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
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
            case TensorType.Q8_0:
                Dequantize<Q8Block>(type, source, destination);
                break;
            case TensorType.Q4_0:
                Dequantize<Q4Block>(type, source, destination);
                break;
            case TensorType.Q4_1:
                Dequantize<Q4MinimumBlock>(type, source, destination);
                break;
            case TensorType.Q5_0:
                Dequantize<Q5Block>(type, source, destination);
                break;
            case TensorType.Q5_1:
                Dequantize<Q5MinimumBlock>(type, source, destination);
                break;
            case TensorType.Q4_K:
                Dequantize<Q4SuperBlock>(type, source, destination);
                break;
            case TensorType.Q5_K:
                Dequantize<Q5SuperBlock>(type, source, destination);
                break;
            case TensorType.Q6_K:
                Dequantize<Q6SuperBlock>(type, source, destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "No such type.");
        }
    }

    private static void Dequantize<TBlock>(TensorType type, ReadOnlySpan<byte> source, Span<float> destination)
        where TBlock : IQuantizedBlock
    {
        int elements = type.BlockElements();
        int bytes = type.BlockBytes();
        for (; !source.IsEmpty; source = source[bytes..], destination = destination[elements..])
        {
            TBlock.Read(source[..bytes], destination[..elements]);
        }
    }
}
