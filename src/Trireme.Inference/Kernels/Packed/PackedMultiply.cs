using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// outputs[token, row] = sum over columns of weights[row, column] * inputs[token, column] (+ bias[row]) for packed weights and
/// quantised inputs. A row and token get the same bits whatever tile, batch, split of rows or path computes them.
/// </summary>
internal static unsafe class PackedMultiply
{
    private const int TokenTile = 4;

    /// <summary>Weights that stay in the second-level cache while all tokens pass over them.</summary>
    private const int RowBlockBytes = 256 * 1024;

    /// <summary>Computes the rows from <paramref name="firstRow"/> up to <paramref name="endRow"/>, exclusive, for all tokens.</summary>
    /// <param name="weights">Packed rows x columns.</param>
    /// <param name="bias">One per row, or null.</param>
    /// <param name="inputs">Starts at the first token.</param>
    /// <param name="outputs">Tokens x <paramref name="outputStride"/>.</param>
    /// <param name="outputStride">Floats from one token's outputs to the next one's.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="firstRow">First row to compute, a multiple of sixteen.</param>
    /// <param name="endRow">Row after the last one to compute: a multiple of sixteen or the end of the matrix.</param>
    public static void Run(
        WeightMatrix weights, float* bias, in QuantizedRows inputs, float* outputs, int outputStride, int tokens, int firstRow, int endRow)
    {
        if (firstRow >= endRow || tokens == 0) return;
        if (firstRow % PackedLayout.GroupRows != 0 || (endRow % PackedLayout.GroupRows != 0 && endRow != weights.Rows))
        {
            throw new ArgumentException($"Rows {firstRow} to {endRow} are not whole groups of {PackedLayout.GroupRows}.", nameof(firstRow));
        }

        var operands = new Operands(weights.Data, bias, outputs, outputStride, tokens, firstRow, endRow);
        switch (weights.Type)
        {
            case WeightType.Int4: Choose<Int4Format>(weights.Path, operands, inputs); break;
            case WeightType.Int4WithMinimum: Choose<Int4WithMinimumFormat>(weights.Path, operands, inputs); break;
            case WeightType.Int5WithMinimum: Choose<Int5WithMinimumFormat>(weights.Path, operands, inputs); break;
            case WeightType.Int6: Choose<Int6Format>(weights.Path, operands, inputs); break;
            case WeightType.Int8: Choose<Int8Format>(weights.Path, operands, inputs); break;
            default: throw new ArgumentException($"{weights.Type} weights are not packed.", nameof(weights));
        }
    }

    private static void Choose<TFormat>(KernelPath path, in Operands operands, in QuantizedRows inputs)
        where TFormat : IPackedFormat
    {
        switch (path)
        {
            case KernelPath.AvxVnni: Run<VnniKernel<TFormat>>(operands, inputs); break;
            case KernelPath.Avx512: Run<PairsKernel<TFormat, Width512, Vector512<float>, Vector512<int>>>(operands, inputs); break;
            case KernelPath.Avx2: Run<PairsKernel<TFormat, Width256, Vector256<float>, Vector256<int>>>(operands, inputs); break;
            default: Run<ScalarKernel<TFormat>>(operands, inputs); break;
        }
    }

    private static void Run<TKernel>(in Operands operands, in QuantizedRows inputs)
        where TKernel : IPackedKernel
    {
        float* sums = stackalloc float[TokenTile * PackedLayout.GroupRows];
        long groupBytes = (long)inputs.Blocks * PackedLayout.BlockBytes(TKernel.Type);
        int rowsPerBlock = (int)Math.Max(1, RowBlockBytes / groupBytes) * PackedLayout.GroupRows;
        for (int first = operands.FirstRow; first < operands.EndRow; first += rowsPerBlock)
        {
            int end = Math.Min(first + rowsPerBlock, operands.EndRow);
            for (int token = 0; token < operands.Tokens; token += TokenTile)
            {
                QuantizedRows tile = inputs.From(token);
                int count = Math.Min(TokenTile, operands.Tokens - token);
                for (int row = first; row < end; row += PackedLayout.GroupRows)
                {
                    byte* group = operands.Weights + (row / PackedLayout.GroupRows * groupBytes);
                    if (count == 1)
                    {
                        TKernel.OneToken(group, tile, sums);
                    }
                    else
                    {
                        TKernel.FourTokens(group, tile, sums);
                    }

                    Store(operands, sums, token, count, row);
                }
            }
        }
    }

    /// <summary>Adds the bias and keeps the rows and tokens that exist.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(in Operands operands, float* sums, int token, int tokens, int row)
    {
        int rows = Math.Min(PackedLayout.GroupRows, operands.EndRow - row);
        for (int i = 0; i < tokens; i++, sums += PackedLayout.GroupRows)
        {
            float* output = operands.Outputs + ((long)(token + i) * operands.OutputStride) + row;
            float* bias = operands.Bias + row;
            if (rows < PackedLayout.GroupRows)
            {
                for (int j = 0; j < rows; j++) output[j] = operands.Bias is null ? sums[j] : sums[j] + bias[j];
            }
            else if (operands.Bias is null)
            {
                Vector512.Load(sums).Store(output);
            }
            else
            {
                (Vector512.Load(sums) + Vector512.Load(bias)).Store(output);
            }
        }
    }

    private readonly struct Operands(
        byte* weights, float* bias, float* outputs, int outputStride, int tokens, int firstRow, int endRow)
    {
        public readonly byte* Weights = weights;
        public readonly float* Bias = bias;
        public readonly float* Outputs = outputs;
        public readonly int OutputStride = outputStride;
        public readonly int Tokens = tokens;
        public readonly int FirstRow = firstRow;
        public readonly int EndRow = endRow;
    }
}
