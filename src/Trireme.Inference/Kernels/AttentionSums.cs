using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels;

/// <summary>
/// The second product of attention, for four rows at a time over values that are read once for all of them. Groups that are not full
/// compute their last row again. A sum is one chain of multiply-adds in the order of positions: which rows share a call, how a range is
/// cut into calls and how wide the vectors are, changes nothing.
/// </summary>
internal static unsafe class AttentionSums
{
    private const int Lanes = 8;
    private const int WideLanes = 16;
    private const int Rows = 4;

    /// <summary>So few rows take less time one by one than as a part of four.</summary>
    private const int FewRows = 2;

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
    public static void Run<TFormat>(
        byte** values, int blockSize, int stride, int first, int end, float* weights, int weightStride, int rows, float* sums)
        where TFormat : IKvFormat
    {
        if (first >= end) return;
        if (rows <= FewRows)
        {
            for (int row = 0; row < rows; row++)
            {
                float* rowWeights = weights + ((long)row * weightStride);
                MixOne<TFormat>(values, blockSize, stride, first, end, rowWeights, sums + ((long)row * stride));
            }

            return;
        }

        bool isWide = Vector512.IsHardwareAccelerated && stride % (2 * WideLanes) == 0;
        for (int row = 0; row < rows; row += Rows)
        {
            float* rowWeights = weights + ((long)row * weightStride);
            float* rowSums = sums + ((long)row * stride);
            if (isWide)
            {
                MixFour<TFormat, Width512, Vector512<float>, Vector512<int>>(
                    values, blockSize, stride, first, end, rowWeights, weightStride, rows - row - 1, rowSums);
            }
            else
            {
                MixFour<TFormat, Width256, Vector256<float>, Vector256<int>>(
                    values, blockSize, stride, first, end, rowWeights, weightStride, rows - row - 1, rowSums);
            }
        }
    }

    /// <summary>One row, 64 dimensions at a time; a short last tile computes its last vector again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixOne<TFormat>(byte** values, int blockSize, int stride, int first, int end, float* weights, float* sums)
        where TFormat : IKvFormat
    {
        int last = stride - Lanes;
        for (int tile = 0; tile < stride; tile += 8 * Lanes)
        {
            int i0 = tile, i1 = Math.Min(tile + 8, last), i2 = Math.Min(tile + 16, last), i3 = Math.Min(tile + 24, last);
            int i4 = Math.Min(tile + 32, last), i5 = Math.Min(tile + 40, last);
            int i6 = Math.Min(tile + 48, last), i7 = Math.Min(tile + 56, last);
            Vector256<float> s0 = Vector256.Load(sums + i0), s1 = Vector256.Load(sums + i1);
            Vector256<float> s2 = Vector256.Load(sums + i2), s3 = Vector256.Load(sums + i3);
            Vector256<float> s4 = Vector256.Load(sums + i4), s5 = Vector256.Load(sums + i5);
            Vector256<float> s6 = Vector256.Load(sums + i6), s7 = Vector256.Load(sums + i7);
            for (int position = first; position < end;)
            {
                (int block, int slot) = Math.DivRem(position, blockSize);
                byte* value = values[block];
                nint index = (nint)slot * stride;
                int pieceEnd = Math.Min(position - slot + blockSize, end);
                for (; position < pieceEnd; position++, index += stride)
                {
                    var weight = Vector256.Create(weights[position]);
                    s0 = Vector256.MultiplyAddEstimate(weight, TFormat.Load8(value, index + i0), s0);
                    s1 = Vector256.MultiplyAddEstimate(weight, TFormat.Load8(value, index + i1), s1);
                    s2 = Vector256.MultiplyAddEstimate(weight, TFormat.Load8(value, index + i2), s2);
                    s3 = Vector256.MultiplyAddEstimate(weight, TFormat.Load8(value, index + i3), s3);
                    s4 = Vector256.MultiplyAddEstimate(weight, TFormat.Load8(value, index + i4), s4);
                    s5 = Vector256.MultiplyAddEstimate(weight, TFormat.Load8(value, index + i5), s5);
                    s6 = Vector256.MultiplyAddEstimate(weight, TFormat.Load8(value, index + i6), s6);
                    s7 = Vector256.MultiplyAddEstimate(weight, TFormat.Load8(value, index + i7), s7);
                }
            }

            Store(sums, i0, i1, s0, s1);
            Store(sums, i2, i3, s2, s3);
            Store(sums, i4, i5, s4, s5);
            Store(sums, i6, i7, s6, s7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixFour<TFormat, TWidth, TFloats, TInts>(
        byte** values, int blockSize, int stride, int first, int end, float* weights, int weightStride, int lastRow, float* sums)
        where TFormat : IKvFormat
        where TWidth : IVectorWidth<TFloats, TInts>
        where TFloats : struct
        where TInts : struct
    {
        int row1 = Math.Min(1, lastRow), row2 = Math.Min(2, lastRow), row3 = Math.Min(3, lastRow);
        float* weights1 = weights + ((long)row1 * weightStride);
        float* weights2 = weights + ((long)row2 * weightStride);
        float* weights3 = weights + ((long)row3 * weightStride);
        for (int low = 0; low < stride; low += 2 * TWidth.Lanes)
        {
            // A last single vector is computed twice.
            int high = Math.Min(low + TWidth.Lanes, stride - TWidth.Lanes);
            float* sumsA = sums;
            float* sumsB = sums + ((long)row1 * stride);
            float* sumsC = sums + ((long)row2 * stride);
            float* sumsD = sums + ((long)row3 * stride);
            TFloats a0 = TWidth.Load(sumsA + low), a1 = TWidth.Load(sumsA + high);
            TFloats b0 = TWidth.Load(sumsB + low), b1 = TWidth.Load(sumsB + high);
            TFloats c0 = TWidth.Load(sumsC + low), c1 = TWidth.Load(sumsC + high);
            TFloats d0 = TWidth.Load(sumsD + low), d1 = TWidth.Load(sumsD + high);
            for (int position = first; position < end;)
            {
                (int block, int slot) = Math.DivRem(position, blockSize);
                byte* value = values[block];
                nint index = (nint)slot * stride;
                int pieceEnd = Math.Min(position - slot + blockSize, end);
                for (; position < pieceEnd; position++, index += stride)
                {
                    TFloats value0 = TWidth.LoadValues<TFormat>(value, index + low);
                    TFloats value1 = TWidth.LoadValues<TFormat>(value, index + high);
                    TFloats weight = TWidth.Create(weights[position]);
                    a0 = TWidth.MultiplyAdd(weight, value0, a0);
                    a1 = TWidth.MultiplyAdd(weight, value1, a1);
                    weight = TWidth.Create(weights1[position]);
                    b0 = TWidth.MultiplyAdd(weight, value0, b0);
                    b1 = TWidth.MultiplyAdd(weight, value1, b1);
                    weight = TWidth.Create(weights2[position]);
                    c0 = TWidth.MultiplyAdd(weight, value0, c0);
                    c1 = TWidth.MultiplyAdd(weight, value1, c1);
                    weight = TWidth.Create(weights3[position]);
                    d0 = TWidth.MultiplyAdd(weight, value0, d0);
                    d1 = TWidth.MultiplyAdd(weight, value1, d1);
                }
            }

            TWidth.Store(a0, sumsA + low);
            TWidth.Store(a1, sumsA + high);
            TWidth.Store(b0, sumsB + low);
            TWidth.Store(b1, sumsB + high);
            TWidth.Store(c0, sumsC + low);
            TWidth.Store(c1, sumsC + high);
            TWidth.Store(d0, sumsD + low);
            TWidth.Store(d1, sumsD + high);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, int low, int high, Vector256<float> first, Vector256<float> second)
    {
        first.Store(target + low);
        second.Store(target + high);
    }
}
