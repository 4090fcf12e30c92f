using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Trireme.Inference.Formats.Gguf.Blocks;

namespace Trireme.Inference.Formats;

/// <summary>Reads tensors of any type as single-precision numbers.</summary>
internal static class TensorRows
{
    /// <summary>Values of a group of a quantised block.</summary>
    public const int GroupElements = 32;

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
                Dequantize<Q8Block>(source, destination);
                break;
            case TensorType.Q4_0:
                Dequantize<Q4Block>(source, destination);
                break;
            case TensorType.Q4_1:
                Dequantize<Q4MinimumBlock>(source, destination);
                break;
            case TensorType.Q5_0:
                Dequantize<Q5Block>(source, destination);
                break;
            case TensorType.Q5_1:
                Dequantize<Q5MinimumBlock>(source, destination);
                break;
            case TensorType.Q4_K:
                Dequantize<Q4SuperBlock>(source, destination);
                break;
            case TensorType.Q5_K:
                Dequantize<Q5SuperBlock>(source, destination);
                break;
            case TensorType.Q6_K:
                Dequantize<Q6SuperBlock>(source, destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "No such type.");
        }
    }

    private static void Dequantize<TBlock>(ReadOnlySpan<byte> source, Span<float> destination)
        where TBlock : IQuantizedBlock
    {
        int groups = TBlock.Type.BlockElements() / GroupElements;
        int bytes = TBlock.Type.BlockBytes();
        for (; !source.IsEmpty; source = source[bytes..])
        {
            ReadOnlySpan<byte> block = source[..bytes];
            for (int group = 0; group < groups; group++, destination = destination[GroupElements..])
            {
                Dequantize(TBlock.Numbers(block, group), TBlock.Offset, TBlock.Factors(block, group), destination);
            }
        }
    }

    private static void Dequantize(Vector256<byte> numbers, int offset, GroupFactors factors, Span<float> values)
    {
        for (int i = 0; i < GroupElements; i++)
        {
            float scale = i < GroupElements / 2 ? factors.Scale : factors.UpperScale;
            values[i] = (scale * (numbers[i] - offset)) - factors.Minimum;
        }
    }
}
