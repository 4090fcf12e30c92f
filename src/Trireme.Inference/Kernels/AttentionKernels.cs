using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels;

/// <summary>
/// The two products of attention, four or eight query rows at a time over keys and values that are read once for all of them. A number
/// of the result is one chain of multiply-adds in a fixed order, by dimension in the first product and by position in the second;
/// which rows share a call, and how wide the vectors are, changes nothing.
/// </summary>
internal static unsafe class AttentionKernels
{
    private const int Lanes = 8;
    private const int WideLanes = 16;
    private const int Rows = 4;

    /// <summary>scores(row, slot) = query(row) * key(slot) for one block; a short last group computes its last row again.</summary>
    /// <param name="keys">One head's keys of one block.</param>
    /// <param name="blockSize">Slots, a multiple of eight.</param>
    /// <param name="dimension">Numbers per query and key.</param>
    /// <param name="queries">Rows of the dimension's length.</param>
    /// <param name="rows">How many.</param>
    /// <param name="scores">The first row's scores of this block.</param>
    /// <param name="stride">Scores from one row to the next.</param>
    public static void Score<TFormat>(byte* keys, int blockSize, int dimension, float* queries, int rows, float* scores, int stride)
        where TFormat : IKvFormat
    {
        int row = 0;
        if (Vector512.IsHardwareAccelerated && blockSize % WideLanes == 0)
        {
            for (; rows - row > Rows; row += 2 * Rows)
            {
                ScoreEight<TFormat>(
                    keys, blockSize, dimension, queries + ((long)row * dimension), rows - row - 1, scores + ((long)row * stride), stride);
            }
        }

        for (; row < rows; row += Rows)
        {
            ScoreFour<TFormat>(
                keys, blockSize, dimension, queries + ((long)row * dimension), rows - row - 1, scores + ((long)row * stride), stride);
        }
    }

    /// <summary>sums(row) += weight(row, position) * value(position) for a range of positions.</summary>
    /// <param name="values">One head's values of consecutive blocks, the first of which holds position 0.</param>
    /// <param name="blockSize">Positions per block.</param>
    /// <param name="stride">Numbers per value and sum, a multiple of eight.</param>
    /// <param name="first">First position.</param>
    /// <param name="end">One past the last position.</param>
    /// <param name="weights">The first row's weight of position 0.</param>
    /// <param name="weightStride">Weights from one row to the next.</param>
    /// <param name="rows">How many.</param>
    /// <param name="sums">Rows of the stride's length.</param>
    public static void Mix<TFormat>(
        byte** values, int blockSize, int stride, int first, int end, float* weights, int weightStride, int rows, float* sums)
        where TFormat : IKvFormat
    {
        if (first >= end) return;
        bool isWide = Vector512.IsHardwareAccelerated && stride % (2 * WideLanes) == 0;
        for (int row = 0; row < rows; row += Rows)
        {
            float* rowWeights = weights + ((long)row * weightStride);
            float* rowSums = sums + ((long)row * stride);
            if (isWide)
            {
                MixWide<TFormat>(values, blockSize, stride, first, end, rowWeights, weightStride, rows - row - 1, rowSums);
            }
            else
            {
                MixFour<TFormat>(values, blockSize, stride, first, end, rowWeights, weightStride, rows - row - 1, rowSums);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreFour<TFormat>(
        byte* keys, int blockSize, int dimension, float* queries, int lastRow, float* scores, int stride)
        where TFormat : IKvFormat
    {
        int row1 = Math.Min(1, lastRow), row2 = Math.Min(2, lastRow), row3 = Math.Min(3, lastRow);
        float* query0 = queries;
        float* query1 = queries + ((long)row1 * dimension);
        float* query2 = queries + ((long)row2 * dimension);
        float* query3 = queries + ((long)row3 * dimension);
        for (int slot = 0; slot < blockSize; slot += 2 * Lanes)
        {
            // Of a last single vector the second half is computed from the first again.
            int second = Math.Min(slot + Lanes, blockSize - Lanes);
            Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default;
            Vector256<float> c0 = default, c1 = default, d0 = default, d1 = default;
            nint index = 0;
            for (int i = 0; i < dimension; i++, index += blockSize)
            {
                Vector256<float> key0 = TFormat.Load8(keys, index + slot);
                Vector256<float> key1 = TFormat.Load8(keys, index + second);
                var query = Vector256.Create(query0[i]);
                a0 = Vector256.MultiplyAddEstimate(query, key0, a0);
                a1 = Vector256.MultiplyAddEstimate(query, key1, a1);
                query = Vector256.Create(query1[i]);
                b0 = Vector256.MultiplyAddEstimate(query, key0, b0);
                b1 = Vector256.MultiplyAddEstimate(query, key1, b1);
                query = Vector256.Create(query2[i]);
                c0 = Vector256.MultiplyAddEstimate(query, key0, c0);
                c1 = Vector256.MultiplyAddEstimate(query, key1, c1);
                query = Vector256.Create(query3[i]);
                d0 = Vector256.MultiplyAddEstimate(query, key0, d0);
                d1 = Vector256.MultiplyAddEstimate(query, key1, d1);
            }

            Store(scores, slot, second, a0, a1);
            Store(scores + ((long)row1 * stride), slot, second, b0, b1);
            Store(scores + ((long)row2 * stride), slot, second, c0, c1);
            Store(scores + ((long)row3 * stride), slot, second, d0, d1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreEight<TFormat>(
        byte* keys, int blockSize, int dimension, float* queries, int lastRow, float* scores, int stride)
        where TFormat : IKvFormat
    {
        int row5 = Math.Min(5, lastRow), row6 = Math.Min(6, lastRow), row7 = Math.Min(7, lastRow);
        long query5 = (long)row5 * dimension, query6 = (long)row6 * dimension, query7 = (long)row7 * dimension;
        for (int slot = 0; slot < blockSize; slot += WideLanes)
        {
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            Vector512<float> s4 = default, s5 = default, s6 = default, s7 = default;
            nint index = slot;
            float* query = queries;
            for (int i = 0; i < dimension; i++, index += blockSize, query++)
            {
                Vector512<float> key = TFormat.Load16(keys, index);
                s0 = Vector512.MultiplyAddEstimate(Vector512.Create(*query), key, s0);
                s1 = Vector512.MultiplyAddEstimate(Vector512.Create(query[dimension]), key, s1);
                s2 = Vector512.MultiplyAddEstimate(Vector512.Create(query[2L * dimension]), key, s2);
                s3 = Vector512.MultiplyAddEstimate(Vector512.Create(query[3L * dimension]), key, s3);
                s4 = Vector512.MultiplyAddEstimate(Vector512.Create(query[4L * dimension]), key, s4);
                s5 = Vector512.MultiplyAddEstimate(Vector512.Create(query[query5]), key, s5);
                s6 = Vector512.MultiplyAddEstimate(Vector512.Create(query[query6]), key, s6);
                s7 = Vector512.MultiplyAddEstimate(Vector512.Create(query[query7]), key, s7);
            }

            float* target = scores + slot;
            s0.Store(target);
            s1.Store(target + stride);
            s2.Store(target + (2L * stride));
            s3.Store(target + (3L * stride));
            s4.Store(target + (4L * stride));
            s5.Store(target + ((long)row5 * stride));
            s6.Store(target + ((long)row6 * stride));
            s7.Store(target + ((long)row7 * stride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixFour<TFormat>(
        byte** values, int blockSize, int stride, int first, int end, float* weights, int weightStride, int lastRow, float* sums)
        where TFormat : IKvFormat
    {
        int row1 = Math.Min(1, lastRow), row2 = Math.Min(2, lastRow), row3 = Math.Min(3, lastRow);
        float* weights1 = weights + ((long)row1 * weightStride);
        float* weights2 = weights + ((long)row2 * weightStride);
        float* weights3 = weights + ((long)row3 * weightStride);
        for (int low = 0; low < stride; low += 2 * Lanes)
        {
            // Of a last single vector the second half is computed from the first again.
            int high = Math.Min(low + Lanes, stride - Lanes);
            float* sumsA = sums;
            float* sumsB = sums + ((long)row1 * stride);
            float* sumsC = sums + ((long)row2 * stride);
            float* sumsD = sums + ((long)row3 * stride);
            Vector256<float> a0 = Vector256.Load(sumsA + low), a1 = Vector256.Load(sumsA + high);
            Vector256<float> b0 = Vector256.Load(sumsB + low), b1 = Vector256.Load(sumsB + high);
            Vector256<float> c0 = Vector256.Load(sumsC + low), c1 = Vector256.Load(sumsC + high);
            Vector256<float> d0 = Vector256.Load(sumsD + low), d1 = Vector256.Load(sumsD + high);
            for (int position = first; position < end;)
            {
                (int block, int slot) = Math.DivRem(position, blockSize);
                byte* value = values[block];
                nint index = (nint)slot * stride;
                int pieceEnd = Math.Min(position - slot + blockSize, end);
                for (; position < pieceEnd; position++, index += stride)
                {
                    Vector256<float> value0 = TFormat.Load8(value, index + low);
                    Vector256<float> value1 = TFormat.Load8(value, index + high);
                    var weight = Vector256.Create(weights[position]);
                    a0 = Vector256.MultiplyAddEstimate(weight, value0, a0);
                    a1 = Vector256.MultiplyAddEstimate(weight, value1, a1);
                    weight = Vector256.Create(weights1[position]);
                    b0 = Vector256.MultiplyAddEstimate(weight, value0, b0);
                    b1 = Vector256.MultiplyAddEstimate(weight, value1, b1);
                    weight = Vector256.Create(weights2[position]);
                    c0 = Vector256.MultiplyAddEstimate(weight, value0, c0);
                    c1 = Vector256.MultiplyAddEstimate(weight, value1, c1);
                    weight = Vector256.Create(weights3[position]);
                    d0 = Vector256.MultiplyAddEstimate(weight, value0, d0);
                    d1 = Vector256.MultiplyAddEstimate(weight, value1, d1);
                }
            }

            Store(sumsA, low, high, a0, a1);
            Store(sumsB, low, high, b0, b1);
            Store(sumsC, low, high, c0, c1);
            Store(sumsD, low, high, d0, d1);
        }
    }

    /// <summary>As <see cref="MixFour"/>, in vectors of sixteen and for strides that are multiples of 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixWide<TFormat>(
        byte** values, int blockSize, int stride, int first, int end, float* weights, int weightStride, int lastRow, float* sums)
        where TFormat : IKvFormat
    {
        int row1 = Math.Min(1, lastRow), row2 = Math.Min(2, lastRow), row3 = Math.Min(3, lastRow);
        float* weights1 = weights + ((long)row1 * weightStride);
        float* weights2 = weights + ((long)row2 * weightStride);
        float* weights3 = weights + ((long)row3 * weightStride);
        for (int low = 0; low < stride; low += 2 * WideLanes)
        {
            int high = low + WideLanes;
            float* sumsA = sums;
            float* sumsB = sums + ((long)row1 * stride);
            float* sumsC = sums + ((long)row2 * stride);
            float* sumsD = sums + ((long)row3 * stride);
            Vector512<float> a0 = Vector512.Load(sumsA + low), a1 = Vector512.Load(sumsA + high);
            Vector512<float> b0 = Vector512.Load(sumsB + low), b1 = Vector512.Load(sumsB + high);
            Vector512<float> c0 = Vector512.Load(sumsC + low), c1 = Vector512.Load(sumsC + high);
            Vector512<float> d0 = Vector512.Load(sumsD + low), d1 = Vector512.Load(sumsD + high);
            for (int position = first; position < end;)
            {
                (int block, int slot) = Math.DivRem(position, blockSize);
                byte* value = values[block];
                nint index = ((nint)slot * stride) + low;
                int pieceEnd = Math.Min(position - slot + blockSize, end);
                for (; position < pieceEnd; position++, index += stride)
                {
                    Vector512<float> value0 = TFormat.Load16(value, index);
                    Vector512<float> value1 = TFormat.Load16(value, index + WideLanes);
                    var weight = Vector512.Create(weights[position]);
                    a0 = Vector512.MultiplyAddEstimate(weight, value0, a0);
                    a1 = Vector512.MultiplyAddEstimate(weight, value1, a1);
                    weight = Vector512.Create(weights1[position]);
                    b0 = Vector512.MultiplyAddEstimate(weight, value0, b0);
                    b1 = Vector512.MultiplyAddEstimate(weight, value1, b1);
                    weight = Vector512.Create(weights2[position]);
                    c0 = Vector512.MultiplyAddEstimate(weight, value0, c0);
                    c1 = Vector512.MultiplyAddEstimate(weight, value1, c1);
                    weight = Vector512.Create(weights3[position]);
                    d0 = Vector512.MultiplyAddEstimate(weight, value0, d0);
                    d1 = Vector512.MultiplyAddEstimate(weight, value1, d1);
                }
            }

            Store(sumsA, low, a0, a1);
            Store(sumsB, low, b0, b1);
            Store(sumsC, low, c0, c1);
            Store(sumsD, low, d0, d1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, int low, int high, Vector256<float> first, Vector256<float> second)
    {
        first.Store(target + low);
        second.Store(target + high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, int low, Vector512<float> first, Vector512<float> second)
    {
        first.Store(target + low);
        second.Store(target + low + WideLanes);
    }
}
