using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf.Blocks;
using Trireme.Inference.Kernels;
using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Models;

/// <summary>Converts a matrix from a file into the form the kernels read, several rows at a time on several threads.</summary>
internal static unsafe class MatrixPacker
{
    /// <summary>
    /// The packed type that holds a quantised type's numbers as they are. Scales and minimums are kept too, except that those of Q4_K,
    /// Q5_K and Q6_K, which the file gives as products, are rounded to half precision.
    /// </summary>
    public static WeightType TypeFor(TensorType stored) => stored switch
    {
        TensorType.Q8_0 => WeightType.Int8,
        TensorType.Q4_0 => WeightType.Int4,
        TensorType.Q4_1 or TensorType.Q4_K => WeightType.Int4WithMinimum,
        TensorType.Q5_0 or TensorType.Q5_1 or TensorType.Q5_K => WeightType.Int5WithMinimum,
        TensorType.Q6_K => WeightType.Int6,
        _ => throw new ArgumentOutOfRangeException(nameof(stored), stored, "Not a quantised type."),
    };

    /// <summary>Converts rows of a tensor and gives their pages of the file back.</summary>
    /// <param name="tensor">Rows x columns of any type.</param>
    /// <param name="firstRow">First row to convert.</param>
    /// <param name="rows">Number of rows to convert.</param>
    /// <param name="type">A packed type, or bfloat16.</param>
    /// <param name="destination">Takes the weights.</param>
    /// <param name="threads">Most threads that work at once.</param>
    /// <returns>Whether the weights, as far as their scales tell, are finite and not too large for the type.</returns>
    public static bool TryPack(ModelTensor tensor, int firstRow, int rows, WeightType type, byte* destination, int threads)
    {
        int columns = tensor.Shape[1];
        long rowBytes = tensor.ByteLength / tensor.Shape[0];
        bool repacks = tensor.Type.BlockElements() > 1 && TypeFor(tensor.Type) == type;
        bool fits = true;
        Parallel.For(
            0,
            PackedLayout.Groups(rows),
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            () => new float[repacks ? 0 : PackedLayout.GroupRows * columns],
            (group, _, values) =>
            {
                int first = group * PackedLayout.GroupRows;
                int count = Math.Min(PackedLayout.GroupRows, rows - first);
                byte* to = destination + (first * BytesOfRow(type, columns));
                bool written = repacks
                    ? Repack(tensor, firstRow + first, count, to)
                    : Round(tensor, firstRow + first, type, values.AsSpan(0, count * columns), to);
                if (!written) Volatile.Write(ref fits, false);
                return values;
            },
            _ => { });
        // Rows in another order are spread over the whole tensor, which part of them does not finish.
        if (tensor.RowsInOrder) PageAdvice.Release(tensor.FirstByte + (firstRow * rowBytes), rows * rowBytes);
        else if (rows == tensor.RowCount) PageAdvice.Release(tensor.FirstByte, tensor.ByteLength);
        return fits;
    }

    private static long BytesOfRow(WeightType type, int columns) => type == WeightType.BFloat16
        ? columns * sizeof(ushort)
        : PackedLayout.GroupBytes(type, columns) / PackedLayout.GroupRows;

    private static bool Round(ModelTensor tensor, int firstRow, WeightType type, Span<float> values, byte* destination)
    {
        int columns = tensor.Shape[1];
        TensorRows.Read(tensor, (long)firstRow * columns, values);
        if (type != WeightType.BFloat16) return Packing.TryQuantize(type, values, values.Length / columns, columns, destination);
        TensorEncoder.RoundToBFloat16(values, new Span<ushort>(destination, values.Length));
        return true;
    }

    private static bool Repack(ModelTensor tensor, int firstRow, int rows, byte* group) => tensor.Type switch
    {
        TensorType.Q8_0 => Repack<Q8Block, Int8Format>(tensor, firstRow, rows, group),
        TensorType.Q4_0 => Repack<Q4Block, Int4Format>(tensor, firstRow, rows, group),
        TensorType.Q4_1 => Repack<Q4MinimumBlock, Int4WithMinimumFormat>(tensor, firstRow, rows, group),
        TensorType.Q4_K => Repack<Q4SuperBlock, Int4WithMinimumFormat>(tensor, firstRow, rows, group),
        TensorType.Q5_0 => Repack<Q5Block, Int5WithMinimumFormat>(tensor, firstRow, rows, group),
        TensorType.Q5_1 => Repack<Q5MinimumBlock, Int5WithMinimumFormat>(tensor, firstRow, rows, group),
        TensorType.Q5_K => Repack<Q5SuperBlock, Int5WithMinimumFormat>(tensor, firstRow, rows, group),
        _ => Repack<Q6SuperBlock, Int6Format>(tensor, firstRow, rows, group),
    };

    // Runs once for every weight while a model is loaded, which leaves the runtime no time to find out that it is hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Repack<TBlock, TFormat>(ModelTensor tensor, int firstRow, int rows, byte* group)
        where TBlock : IQuantizedBlock
        where TFormat : IPackedFormat
    {
        int columns = tensor.Shape[1], blockBytes = TBlock.Type.BlockBytes();
        int groupsPerBlock = TBlock.Type.BlockElements() / TensorRows.GroupElements;
        if (rows < PackedLayout.GroupRows) Packing.Clear<TFormat>(group, columns);
        byte* numbers = stackalloc byte[PackedLayout.BlockColumns];
        bool finite = true;
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<byte> source = tensor.RowBytes(firstRow + row);
            byte* block = group;
            for (; !source.IsEmpty; source = source[blockBytes..])
            {
                ReadOnlySpan<byte> from = source[..blockBytes];
                for (int part = 0; part < groupsPerBlock; part++, block += PackedLayout.BlockBytes<TFormat>())
                {
                    TBlock.Numbers(from, part).Store(numbers);
                    GroupFactors factors = TBlock.Factors(from, part);
                    // A block around a number is one over the minimum that number stands for.
                    float other = TFormat.HasHalfScales ? factors.UpperScale
                        : TFormat.HasMinimums ? factors.Minimum + (factors.Scale * (TBlock.Offset - TFormat.Offset))
                        : 0;
                    finite &= Packing.WriteRow<TFormat>(block, row, numbers, factors.Scale, other);
                }
            }
        }

        return finite;
    }
}
