using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels;

/// <summary>
/// The first product of attention, for four or eight query rows at a time over keys that are read once for all of them. Groups that are
/// not full compute their last row again. A score is one chain of multiply-adds in the order of dimensions: which rows share a call, and
/// how wide the vectors are, changes nothing.
/// </summary>
internal static unsafe class AttentionScores
{
    private const int Lanes = 8;
    private const int WideLanes = 16;
    private const int Rows = 4;

    /// <summary>So few rows take less time one by one than as a part of four.</summary>
    private const int FewRows = 2;

    /// <summary>scores(row, position) = query(row) * key(position) for consecutive blocks.</summary>
    /// <param name="keys">One head's keys of each block.</param>
    /// <param name="blocks">How many.</param>
    /// <param name="blockSize">Slots, a multiple of eight.</param>
    /// <param name="dimension">Numbers per query and key.</param>
    /// <param name="queries">Rows of the dimension's length.</param>
    /// <param name="rows">How many.</param>
    /// <param name="scores">The first row's scores of the first block.</param>
    /// <param name="stride">Scores from one row to the next.</param>
    public static void Run<TFormat>(
        byte** keys, int blocks, int blockSize, int dimension, float* queries, int rows, float* scores, int stride)
        where TFormat : IKvFormat
    {
        if (rows <= FewRows)
        {
            for (int row = 0; row < rows; row++)
            {
                ScoreOne<TFormat>(keys, blocks, blockSize, dimension, queries + ((long)row * dimension), scores + ((long)row * stride));
            }

            return;
        }

        for (int block = 0; block < blocks; block++)
        {
            int row = 0;
            float* blockScores = scores + ((long)block * blockSize);
            if (Vector512.IsHardwareAccelerated && blockSize % WideLanes == 0)
            {
                for (; rows - row > Rows; row += 2 * Rows)
                {
                    float* first = queries + ((long)row * dimension);
                    ScoreEight<TFormat>(
                        keys[block], blockSize, dimension, first, rows - row - 1, blockScores + ((long)row * stride), stride);
                }
            }

            for (; row < rows; row += Rows)
            {
                float* first = queries + ((long)row * dimension);
                ScoreFour<TFormat>(keys[block], blockSize, dimension, first, rows - row - 1, blockScores + ((long)row * stride), stride);
            }
        }
    }

    /// <summary>One row over four blocks at a time, so that enough chains run beside each other; a short group repeats a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreOne<TFormat>(byte** keys, int blocks, int blockSize, int dimension, float* query, float* scores)
        where TFormat : IKvFormat
    {
        for (int block = 0; block < blocks; block += 4)
        {
            int last = blocks - 1;
            int block1 = Math.Min(block + 1, last), block2 = Math.Min(block + 2, last), block3 = Math.Min(block + 3, last);
            byte* keys0 = keys[block], keys1 = keys[block1], keys2 = keys[block2], keys3 = keys[block3];
            for (int slot = 0; slot < blockSize; slot += 2 * Lanes)
            {
                int second = Math.Min(slot + Lanes, blockSize - Lanes);
                Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default;
                Vector256<float> c0 = default, c1 = default, d0 = default, d1 = default;
                nint low = slot, high = second;
                for (int i = 0; i < dimension; i++, low += blockSize, high += blockSize)
                {
                    var number = Vector256.Create(query[i]);
                    a0 = Vector256.MultiplyAddEstimate(number, TFormat.Load8(keys0, low), a0);
                    a1 = Vector256.MultiplyAddEstimate(number, TFormat.Load8(keys0, high), a1);
                    b0 = Vector256.MultiplyAddEstimate(number, TFormat.Load8(keys1, low), b0);
                    b1 = Vector256.MultiplyAddEstimate(number, TFormat.Load8(keys1, high), b1);
                    c0 = Vector256.MultiplyAddEstimate(number, TFormat.Load8(keys2, low), c0);
                    c1 = Vector256.MultiplyAddEstimate(number, TFormat.Load8(keys2, high), c1);
                    d0 = Vector256.MultiplyAddEstimate(number, TFormat.Load8(keys3, low), d0);
                    d1 = Vector256.MultiplyAddEstimate(number, TFormat.Load8(keys3, high), d1);
                }

                Store(scores + ((long)block * blockSize), slot, second, a0, a1);
                Store(scores + ((long)block1 * blockSize), slot, second, b0, b1);
                Store(scores + ((long)block2 * blockSize), slot, second, c0, c1);
                Store(scores + ((long)block3 * blockSize), slot, second, d0, d1);
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
            // A last single vector is computed twice.
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, int low, int high, Vector256<float> first, Vector256<float> second)
    {
        first.Store(target + low);
        second.Store(target + high);
    }
}
