using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels;

/// <summary>
/// outputs[token, row] = sum over columns of weights[row, column] * inputs[token, column] (+ bias[row]).
/// Every (row, token) pair has one accumulator of eight lanes that runs over the columns in order, whatever tile computes it. The
/// result is therefore the same bits for any batch, any split into chunks and any number of threads. Tiles only decide how often
/// a weight is read and widened: once per two or four tokens, and once per batch from beyond the second-level cache.
/// </summary>
internal static unsafe class MatrixMultiply
{
    private const int Lanes = 8;
    private const int RowTile = 4;

    /// <summary>Weights that stay in the second-level cache while all tokens pass over them.</summary>
    private const int RowBlockBytes = 128 * 1024;

    /// <summary>Computes the rows from <paramref name="firstRow"/> up to <paramref name="endRow"/>, exclusive, for all tokens.</summary>
    /// <param name="weights">Rows x columns.</param>
    /// <param name="bias">One per row, or null.</param>
    /// <param name="inputs">Tokens x columns, without gaps.</param>
    /// <param name="outputs">Tokens x <paramref name="outputStride"/>.</param>
    /// <param name="outputStride">Floats from one token's outputs to the next one's.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="firstRow">First row to compute.</param>
    /// <param name="endRow">Row after the last one to compute.</param>
    public static void Run(
        WeightMatrix weights, float* bias, float* inputs, float* outputs, int outputStride, int tokens, int firstRow, int endRow)
    {
        if (firstRow >= endRow || tokens == 0) return;
        var operands = new Operands(weights.Data, bias, inputs, outputs, weights.Columns, outputStride);
        if (weights.Type == WeightType.BFloat16)
        {
            Run<BFloat16Format>(operands, tokens, firstRow, endRow);
        }
        else
        {
            Run<Float32Format>(operands, tokens, firstRow, endRow);
        }
    }

    private static void Run<TFormat>(in Operands operands, int tokens, int firstRow, int endRow)
        where TFormat : IWeightFormat
    {
        int rowsPerBlock = Math.Max(RowTile, RowBlockBytes / (operands.Columns * TFormat.BytesPerWeight) / RowTile * RowTile);
        for (int row = firstRow; row < endRow; row += rowsPerBlock)
        {
            int blockEnd = Math.Min(row + rowsPerBlock, endRow);
            int token = 0;
            if (Vector512.IsHardwareAccelerated)
            {
                for (; token + 3 < tokens; token += 4) FourTokens<TFormat>(operands, token, row, blockEnd);
            }

            for (; token + 1 < tokens; token += 2) TwoTokens<TFormat>(operands, token, row, blockEnd);
            if (token < tokens) OneToken<TFormat>(operands, token, row, blockEnd);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneToken<TFormat>(in Operands operands, int token, int firstRow, int endRow)
        where TFormat : IWeightFormat
    {
        int vectorColumns = operands.Columns & -Lanes;
        float* x = operands.Input(token);
        for (int row = firstRow; row < endRow; row += RowTile)
        {
            var tile = new RowPointers(operands.Weights, (long)operands.Columns * TFormat.BytesPerWeight, row, endRow);
            byte* w0 = tile.Row0, w1 = tile.Row1, w2 = tile.Row2, w3 = tile.Row3;
            Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            for (int column = 0; column < vectorColumns; column += Lanes)
            {
                Vector256<float> input = Vector256.Load(x + column);
                sum0 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(w0, column), input, sum0);
                sum1 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(w1, column), input, sum1);
                sum2 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(w2, column), input, sum2);
                sum3 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(w3, column), input, sum3);
            }

            Finish<TFormat>(operands, tile, Reduction.Sum(sum0, sum1, sum2, sum3), token, row, endRow);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoTokens<TFormat>(in Operands operands, int token, int firstRow, int endRow)
        where TFormat : IWeightFormat
    {
        int vectorColumns = operands.Columns & -Lanes;
        float* x = operands.Input(token);
        float* z = operands.Input(token + 1);
        for (int row = firstRow; row < endRow; row += RowTile)
        {
            var tile = new RowPointers(operands.Weights, (long)operands.Columns * TFormat.BytesPerWeight, row, endRow);
            byte* w0 = tile.Row0, w1 = tile.Row1, w2 = tile.Row2, w3 = tile.Row3;
            Vector256<float> sum00 = default, sum10 = default, sum20 = default, sum30 = default;
            Vector256<float> sum01 = default, sum11 = default, sum21 = default, sum31 = default;
            for (int column = 0; column < vectorColumns; column += Lanes)
            {
                Vector256<float> input0 = Vector256.Load(x + column);
                Vector256<float> input1 = Vector256.Load(z + column);
                Vector256<float> weights = TFormat.LoadEight(w0, column);
                sum00 = Vector256.MultiplyAddEstimate(weights, input0, sum00);
                sum01 = Vector256.MultiplyAddEstimate(weights, input1, sum01);
                weights = TFormat.LoadEight(w1, column);
                sum10 = Vector256.MultiplyAddEstimate(weights, input0, sum10);
                sum11 = Vector256.MultiplyAddEstimate(weights, input1, sum11);
                weights = TFormat.LoadEight(w2, column);
                sum20 = Vector256.MultiplyAddEstimate(weights, input0, sum20);
                sum21 = Vector256.MultiplyAddEstimate(weights, input1, sum21);
                weights = TFormat.LoadEight(w3, column);
                sum30 = Vector256.MultiplyAddEstimate(weights, input0, sum30);
                sum31 = Vector256.MultiplyAddEstimate(weights, input1, sum31);
            }

            Finish<TFormat>(operands, tile, Reduction.Sum(sum00, sum10, sum20, sum30), token, row, endRow);
            Finish<TFormat>(operands, tile, Reduction.Sum(sum01, sum11, sum21, sum31), token + 1, row, endRow);
        }
    }

    /// <summary>
    /// Vectors of 512 bits hold the eight lanes of two rows each: the lower half those of an even row, the upper those of the next.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourTokens<TFormat>(in Operands operands, int token, int firstRow, int endRow)
        where TFormat : IWeightFormat
    {
        int vectorColumns = operands.Columns & -Lanes;
        float* x0 = operands.Input(token), x1 = operands.Input(token + 1);
        float* x2 = operands.Input(token + 2), x3 = operands.Input(token + 3);
        for (int row = firstRow; row < endRow; row += RowTile)
        {
            var tile = new RowPointers(operands.Weights, (long)operands.Columns * TFormat.BytesPerWeight, row, endRow);
            byte* w0 = tile.Row0, w1 = tile.Row1, w2 = tile.Row2, w3 = tile.Row3;
            Vector512<float> low0 = default, low1 = default, low2 = default, low3 = default;
            Vector512<float> high0 = default, high1 = default, high2 = default, high3 = default;
            for (int column = 0; column < vectorColumns; column += Lanes)
            {
                Vector512<float> low = TFormat.LoadTwiceEight(w0, w1, column);
                Vector512<float> high = TFormat.LoadTwiceEight(w2, w3, column);
                Vector512<float> input = Twice(x0 + column);
                low0 = Vector512.MultiplyAddEstimate(low, input, low0);
                high0 = Vector512.MultiplyAddEstimate(high, input, high0);
                input = Twice(x1 + column);
                low1 = Vector512.MultiplyAddEstimate(low, input, low1);
                high1 = Vector512.MultiplyAddEstimate(high, input, high1);
                input = Twice(x2 + column);
                low2 = Vector512.MultiplyAddEstimate(low, input, low2);
                high2 = Vector512.MultiplyAddEstimate(high, input, high2);
                input = Twice(x3 + column);
                low3 = Vector512.MultiplyAddEstimate(low, input, low3);
                high3 = Vector512.MultiplyAddEstimate(high, input, high3);
            }

            Finish<TFormat>(operands, tile, Sums(low0, high0), token, row, endRow);
            Finish<TFormat>(operands, tile, Sums(low1, high1), token + 1, row, endRow);
            Finish<TFormat>(operands, tile, Sums(low2, high2), token + 2, row, endRow);
            Finish<TFormat>(operands, tile, Sums(low3, high3), token + 3, row, endRow);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Twice(float* input)
    {
        if (Avx512DQ.IsSupported) return Avx512DQ.BroadcastVector256ToVector512(input);
        Vector256<float> eight = Vector256.Load(input);
        return Vector512.Create(eight, eight);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sums(Vector512<float> low, Vector512<float> high) =>
        Reduction.Sum(low.GetLower(), low.GetUpper(), high.GetLower(), high.GetUpper());

    /// <summary>Adds the columns past the last whole vector and the bias, and stores one token's outputs of the tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TFormat>(
        in Operands operands, in RowPointers tile, Vector128<float> sums, int token, int row, int endRow)
        where TFormat : IWeightFormat
    {
        float* x = operands.Input(token);
        for (int column = operands.Columns & -Lanes; column < operands.Columns; column++)
        {
            Vector128<float> weights = Vector128.Create(
                TFormat.Load(tile.Row0, column),
                TFormat.Load(tile.Row1, column),
                TFormat.Load(tile.Row2, column),
                TFormat.Load(tile.Row3, column));
            sums += weights * Vector128.Create(x[column]);
        }

        float* y = operands.Outputs + ((long)token * operands.OutputStride) + row;
        if (row + RowTile <= endRow)
        {
            if (operands.Bias is not null) sums += Vector128.Load(operands.Bias + row);
            sums.Store(y);
            return;
        }

        for (int i = 0; row + i < endRow; i++) y[i] = operands.Bias is null ? sums[i] : sums[i] + operands.Bias[row + i];
    }

    /// <summary>The tile's rows. Past the end they are the last row once more, whose result is not stored.</summary>
    private readonly struct RowPointers(byte* weights, long rowBytes, int row, int endRow)
    {
        public readonly byte* Row0 = weights + (row * rowBytes);
        public readonly byte* Row1 = weights + (Math.Min(row + 1, endRow - 1) * rowBytes);
        public readonly byte* Row2 = weights + (Math.Min(row + 2, endRow - 1) * rowBytes);
        public readonly byte* Row3 = weights + (Math.Min(row + 3, endRow - 1) * rowBytes);
    }

    private readonly struct Operands(byte* weights, float* bias, float* inputs, float* outputs, int columns, int outputStride)
    {
        public readonly byte* Weights = weights;
        public readonly float* Bias = bias;
        public readonly float* Outputs = outputs;
        public readonly int Columns = columns;
        public readonly int OutputStride = outputStride;
        private readonly float* _inputs = inputs;

        public float* Input(int token) => _inputs + ((long)token * Columns);
    }
}
