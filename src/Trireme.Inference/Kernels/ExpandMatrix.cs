using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels;

/// <summary>
/// The second factor of a low-rank update: outputs x rank, in panels of 32 outputs. A panel holds its 32 weights of the first column,
/// then those of the next, so that neighbouring outputs are one load and no sum runs across lanes. Each output of each token adds its
/// columns in order in an accumulator of its own: the bits are the same whatever tile, batch or thread computes it.
/// </summary>
/// <param name="data">The panels, in memory that outlives this; the last one is filled up with zeros.</param>
/// <param name="outputs">Rows.</param>
/// <param name="rank">Columns.</param>
/// <param name="type">bfloat16 or single precision.</param>
/// <param name="scale">What products are multiplied by before they are added.</param>
internal sealed unsafe class ExpandMatrix(byte* data, int outputs, int rank, WeightType type, float scale)
{
    public const int PanelOutputs = 32;

    private const int Lanes = 8;

    public static long Bytes(int outputs, int rank, WeightType type) =>
        (long)((outputs + PanelOutputs - 1) / PanelOutputs) * PanelOutputs * rank * BytesPerWeight(type);

    /// <summary>Writes one output's weights; bfloat16 keeps the upper halves.</summary>
    public void SetRow(int output, ReadOnlySpan<float> weights)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)output, (uint)outputs, nameof(output));
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, rank, nameof(weights));
        (int panel, int lane) = Math.DivRem(output, PanelOutputs);
        long first = ((long)panel * rank * PanelOutputs) + lane;
        for (int column = 0; column < rank; column++)
        {
            long index = first + ((long)column * PanelOutputs);
            if (type == WeightType.BFloat16)
            {
                ((ushort*)data)[index] = (ushort)(BitConverter.SingleToUInt32Bits(weights[column]) >> 16);
            }
            else
            {
                ((float*)data)[index] = weights[column];
            }
        }
    }

    /// <summary>results[token, row] += scale * sum over columns of this[row, column] * inputs[token, column].</summary>
    /// <param name="inputs">Tokens x <paramref name="inputStride"/>.</param>
    /// <param name="inputStride">Floats from one token's inputs to the next one's.</param>
    /// <param name="results">Tokens x the outputs, without gaps.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="firstRow">First row to compute, a multiple of <see cref="PanelOutputs"/>.</param>
    /// <param name="endRow">Row after the last one: a multiple of <see cref="PanelOutputs"/> or all outputs.</param>
    public void AddTo(float* inputs, int inputStride, float* results, int tokens, int firstRow, int endRow)
    {
        if (type == WeightType.BFloat16)
        {
            AddTo<BFloat16Format>(inputs, inputStride, results, tokens, firstRow, endRow);
        }
        else
        {
            AddTo<Float32Format>(inputs, inputStride, results, tokens, firstRow, endRow);
        }
    }

    private static int BytesPerWeight(WeightType type) =>
        type == WeightType.BFloat16 ? BFloat16Format.BytesPerWeight : Float32Format.BytesPerWeight;

    private void AddTo<TFormat>(float* inputs, int inputStride, float* results, int tokens, int firstRow, int endRow)
        where TFormat : IWeightFormat
    {
        float* sums = stackalloc float[2 * PanelOutputs];
        for (int row = firstRow; row < endRow; row += PanelOutputs)
        {
            byte* panel = data + ((long)row * rank * TFormat.BytesPerWeight);
            int count = Math.Min(PanelOutputs, endRow - row);
            int token = 0;
            for (; token + 1 < tokens; token += 2)
            {
                float* input = inputs + ((long)token * inputStride);
                float* result = results + ((long)token * outputs) + row;
                TwoTokens<TFormat>(panel, rank, input, input + inputStride, sums);
                Add(sums, result, count);
                Add(sums + PanelOutputs, result + outputs, count);
            }

            if (token == tokens) continue;
            OneToken<TFormat>(panel, rank, inputs + ((long)token * inputStride), sums);
            Add(sums, results + ((long)token * outputs) + row, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneToken<TFormat>(byte* panel, int rank, float* input, float* sums)
        where TFormat : IWeightFormat
    {
        Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (int column = 0; column < rank; column++)
        {
            var value = Vector256.Create(input[column]);
            sum0 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(panel, 0), value, sum0);
            sum1 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(panel, Lanes), value, sum1);
            sum2 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(panel, 2 * Lanes), value, sum2);
            sum3 = Vector256.MultiplyAddEstimate(TFormat.LoadEight(panel, 3 * Lanes), value, sum3);
            panel += PanelOutputs * TFormat.BytesPerWeight;
        }

        sum0.Store(sums);
        sum1.Store(sums + Lanes);
        sum2.Store(sums + (2 * Lanes));
        sum3.Store(sums + (3 * Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoTokens<TFormat>(byte* panel, int rank, float* input, float* next, float* sums)
        where TFormat : IWeightFormat
    {
        Vector256<float> sum00 = default, sum10 = default, sum20 = default, sum30 = default;
        Vector256<float> sum01 = default, sum11 = default, sum21 = default, sum31 = default;
        for (int column = 0; column < rank; column++)
        {
            var value0 = Vector256.Create(input[column]);
            var value1 = Vector256.Create(next[column]);
            Vector256<float> weights = TFormat.LoadEight(panel, 0);
            sum00 = Vector256.MultiplyAddEstimate(weights, value0, sum00);
            sum01 = Vector256.MultiplyAddEstimate(weights, value1, sum01);
            weights = TFormat.LoadEight(panel, Lanes);
            sum10 = Vector256.MultiplyAddEstimate(weights, value0, sum10);
            sum11 = Vector256.MultiplyAddEstimate(weights, value1, sum11);
            weights = TFormat.LoadEight(panel, 2 * Lanes);
            sum20 = Vector256.MultiplyAddEstimate(weights, value0, sum20);
            sum21 = Vector256.MultiplyAddEstimate(weights, value1, sum21);
            weights = TFormat.LoadEight(panel, 3 * Lanes);
            sum30 = Vector256.MultiplyAddEstimate(weights, value0, sum30);
            sum31 = Vector256.MultiplyAddEstimate(weights, value1, sum31);
            panel += PanelOutputs * TFormat.BytesPerWeight;
        }

        sum00.Store(sums);
        sum10.Store(sums + Lanes);
        sum20.Store(sums + (2 * Lanes));
        sum30.Store(sums + (3 * Lanes));
        sum01.Store(sums + (4 * Lanes));
        sum11.Store(sums + (5 * Lanes));
        sum21.Store(sums + (6 * Lanes));
        sum31.Store(sums + (7 * Lanes));
    }

    /// <summary>Product and sum are rounded one after the other, in vectors and in the rest alike.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(float* sums, float* results, int count)
    {
        var factor = Vector256.Create(scale);
        int i = 0;
        for (; i <= count - Lanes; i += Lanes) (Vector256.Load(results + i) + (Vector256.Load(sums + i) * factor)).Store(results + i);
        for (; i < count; i++) results[i] += sums[i] * scale;
    }
}
