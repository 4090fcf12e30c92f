using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels;

/// <summary>
/// outputs[token, row] = sum over columns of weights[row, column] * inputs[token, column] (+ bias[row]).
/// Every (row, token) pair has one accumulator of eight lanes that runs over the columns in order, whatever tile computes it. The
/// result is therefore the same bits for any batch, any split into chunks and any number of threads. Tiles only decide how often
/// a weight is read: once per four tokens.
/// </summary>
internal static unsafe class MatrixMultiply
{
    private const int Lanes = 8;
    private const int TokenTile = 4;
    private const int RowTile = 2;
    private const int SingleTokenRowTile = 4;

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
        if (tokens == 1)
        {
            OneToken<TFormat>(operands, 0, firstRow, endRow);
            return;
        }

        int rowsPerBlock = Math.Max(RowTile, RowBlockBytes / (operands.Columns * TFormat.BytesPerWeight) / RowTile * RowTile);
        for (int row = firstRow; row < endRow; row += rowsPerBlock)
        {
            int blockEnd = Math.Min(row + rowsPerBlock, endRow);
            int token = 0;
            for (; token + 1 < tokens; token += TokenTile) FourTokens<TFormat>(operands, token, tokens - 1, row, blockEnd);
            if (token < tokens) OneToken<TFormat>(operands, token, row, blockEnd);
        }
    }

    /// <summary>Four rows at a time; a short last tile computes its last row again, which writes the same value again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneToken<TFormat>(in Operands operands, int token, int firstRow, int endRow)
        where TFormat : IWeightFormat
    {
        int columns = operands.Columns;
        int vectorColumns = columns & -Lanes;
        long rowBytes = (long)columns * TFormat.BytesPerWeight;
        float* x = operands.Inputs + ((long)token * columns);
        float* y = operands.Outputs + ((long)token * operands.OutputStride);
        for (int row = firstRow; row < endRow; row += SingleTokenRowTile)
        {
            int row1 = Math.Min(row + 1, endRow - 1);
            int row2 = Math.Min(row + 2, endRow - 1);
            int row3 = Math.Min(row + 3, endRow - 1);
            byte* w0 = operands.Weights + (row * rowBytes);
            byte* w1 = operands.Weights + (row1 * rowBytes);
            byte* w2 = operands.Weights + (row2 * rowBytes);
            byte* w3 = operands.Weights + (row3 * rowBytes);
            Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            for (int column = 0; column < vectorColumns; column += Lanes)
            {
                Vector256<float> input = Vector256.Load(x + column);
                sum0 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(w0, column), input, sum0);
                sum1 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(w1, column), input, sum1);
                sum2 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(w2, column), input, sum2);
                sum3 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(w3, column), input, sum3);
            }

            y[row] = Finish<TFormat>(operands, sum0, w0, x, row, vectorColumns);
            y[row1] = Finish<TFormat>(operands, sum1, w1, x, row1, vectorColumns);
            y[row2] = Finish<TFormat>(operands, sum2, w2, x, row2, vectorColumns);
            y[row3] = Finish<TFormat>(operands, sum3, w3, x, row3, vectorColumns);
        }
    }

    /// <summary>Two rows by four tokens; a short last tile computes its last row or token again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourTokens<TFormat>(in Operands operands, int token, int lastToken, int firstRow, int endRow)
        where TFormat : IWeightFormat
    {
        int columns = operands.Columns;
        int vectorColumns = columns & -Lanes;
        long rowBytes = (long)columns * TFormat.BytesPerWeight;
        int token1 = Math.Min(token + 1, lastToken);
        int token2 = Math.Min(token + 2, lastToken);
        int token3 = Math.Min(token + 3, lastToken);
        float* x0 = operands.Inputs + ((long)token * columns);
        float* x1 = operands.Inputs + ((long)token1 * columns);
        float* x2 = operands.Inputs + ((long)token2 * columns);
        float* x3 = operands.Inputs + ((long)token3 * columns);
        for (int row = firstRow; row < endRow; row += RowTile)
        {
            int row1 = Math.Min(row + 1, endRow - 1);
            byte* w0 = operands.Weights + (row * rowBytes);
            byte* w1 = operands.Weights + (row1 * rowBytes);
            Vector256<float> sum00 = default, sum01 = default, sum02 = default, sum03 = default;
            Vector256<float> sum10 = default, sum11 = default, sum12 = default, sum13 = default;
            for (int column = 0; column < vectorColumns; column += Lanes)
            {
                Vector256<float> weights0 = TFormat.LoadEight(w0, column);
                Vector256<float> weights1 = TFormat.LoadEight(w1, column);
                Vector256<float> input = Vector256.Load(x0 + column);
                sum00 = Vector256.MultiplyAddEstimate(weights0, input, sum00);
                sum10 = Vector256.MultiplyAddEstimate(weights1, input, sum10);
                input = Vector256.Load(x1 + column);
                sum01 = Vector256.MultiplyAddEstimate(weights0, input, sum01);
                sum11 = Vector256.MultiplyAddEstimate(weights1, input, sum11);
                input = Vector256.Load(x2 + column);
                sum02 = Vector256.MultiplyAddEstimate(weights0, input, sum02);
                sum12 = Vector256.MultiplyAddEstimate(weights1, input, sum12);
                input = Vector256.Load(x3 + column);
                sum03 = Vector256.MultiplyAddEstimate(weights0, input, sum03);
                sum13 = Vector256.MultiplyAddEstimate(weights1, input, sum13);
            }

            Store<TFormat>(operands, sum00, sum10, w0, w1, x0, token, row, row1, vectorColumns);
            Store<TFormat>(operands, sum01, sum11, w0, w1, x1, token1, row, row1, vectorColumns);
            Store<TFormat>(operands, sum02, sum12, w0, w1, x2, token2, row, row1, vectorColumns);
            Store<TFormat>(operands, sum03, sum13, w0, w1, x3, token3, row, row1, vectorColumns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TFormat>(
        in Operands operands, Vector256<float> sum0, Vector256<float> sum1, byte* w0, byte* w1, float* x, int token, int row0, int row1, int done)
        where TFormat : IWeightFormat
    {
        float* y = operands.Outputs + ((long)token * operands.OutputStride);
        y[row0] = Finish<TFormat>(operands, sum0, w0, x, row0, done);
        y[row1] = Finish<TFormat>(operands, sum1, w1, x, row1, done);
    }

    /// <summary>Adds the lanes, the columns past the last whole vector, and the bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Finish<TFormat>(in Operands operands, Vector256<float> lanes, byte* weights, float* x, int row, int done)
        where TFormat : IWeightFormat
    {
        float sum = Reduction.Sum(lanes);
        for (int column = done; column < operands.Columns; column++) sum += TFormat.Load(weights, column) * x[column];
        return operands.Bias is null ? sum : sum + operands.Bias[row];
    }

    private readonly struct Operands(byte* weights, float* bias, float* inputs, float* outputs, int columns, int outputStride)
    {
        public readonly byte* Weights = weights;
        public readonly float* Bias = bias;
        public readonly float* Inputs = inputs;
        public readonly float* Outputs = outputs;
        public readonly int Columns = columns;
        public readonly int OutputStride = outputStride;
    }
}
