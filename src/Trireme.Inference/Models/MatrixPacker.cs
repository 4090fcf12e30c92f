using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;
using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Models;

/// <summary>Converts a matrix from a file into the form the kernels read, several rows at a time on several threads.</summary>
internal static unsafe class MatrixPacker
{
    /// <summary>Whether the packed type holds the file's numbers and scales as they are.</summary>
    public static bool IsLossless(TensorType stored, WeightType type) =>
        (stored, type) is (TensorType.Q8_0, WeightType.Int8) or (TensorType.Q4_0, WeightType.Int4);

    /// <summary>Converts rows of a tensor and gives their pages of the file back.</summary>
    /// <param name="tensor">Rows x columns of any type.</param>
    /// <param name="firstRow">First row to convert.</param>
    /// <param name="rows">Number of rows to convert.</param>
    /// <param name="type">A packed type, or bfloat16.</param>
    /// <param name="destination">Takes the weights.</param>
    /// <param name="threads">Most threads that work at once.</param>
    public static void Pack(ModelTensor tensor, int firstRow, int rows, WeightType type, byte* destination, int threads)
    {
        long rowBytes = tensor.ByteLength / tensor.Shape[0];
        int bufferFloats = IsLossless(tensor.Type, type) ? 0 : PackedLayout.GroupRows * tensor.Shape[1];
        Parallel.For(
            0,
            PackedLayout.Groups(rows),
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            () => new float[bufferFloats],
            (group, _, values) =>
            {
                int first = group * PackedLayout.GroupRows;
                int count = Math.Min(PackedLayout.GroupRows, rows - first);
                byte* to = destination + (first * BytesOfRow(type, tensor.Shape[1]));
                PackGroup(tensor, type, firstRow + first, count, values, to);
                return values;
            },
            _ => { });
        // Rows in another order are spread over the whole tensor, which part of them does not finish.
        if (tensor.RowsInOrder) PageAdvice.Release(tensor.FirstByte + (firstRow * rowBytes), rows * rowBytes);
        else if (rows == tensor.RowCount) PageAdvice.Release(tensor.FirstByte, tensor.ByteLength);
    }

    private static long BytesOfRow(WeightType type, int columns) => type == WeightType.BFloat16
        ? columns * sizeof(ushort)
        : PackedLayout.GroupBytes(type, columns) / PackedLayout.GroupRows;

    private static void PackGroup(ModelTensor tensor, WeightType type, int firstRow, int rows, float[] values, byte* destination)
    {
        int columns = tensor.Shape[1];
        if (type == WeightType.BFloat16)
        {
            Span<float> part = values.AsSpan(0, rows * columns);
            TensorRows.Read(tensor, (long)firstRow * columns, part);
            TensorEncoder.RoundToBFloat16(part, new Span<ushort>(destination, part.Length));
            return;
        }

        var group = new Span<byte>(destination, checked((int)PackedLayout.GroupBytes(type, columns)));
        if (!IsLossless(tensor.Type, type))
        {
            Span<float> part = values.AsSpan(0, rows * columns);
            TensorRows.Read(tensor, (long)firstRow * columns, part);
            Packing.Quantize(type, part, rows, columns, group);
            return;
        }

        byte** sources = stackalloc byte*[PackedLayout.GroupRows];
        // The bytes lie in the mapped file, which does not move.
        for (int row = 0; row < rows; row++)
        {
            sources[row] = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.RowBytes(firstRow + row)));
        }

        Packing.Repack(type, sources, rows, columns, destination);
    }
}
