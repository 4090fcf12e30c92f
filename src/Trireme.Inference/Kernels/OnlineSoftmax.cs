using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels;

/// <summary>A softmax that learns its scores span by span (Milakov and Gimelshein 2018).</summary>
internal static unsafe class OnlineSoftmax
{
    private const int Lanes = 8;
    private const int WideLanes = 16;

    /// <summary>
    /// Turns a row's scores of a span into weights, exp(score - largest so far), and brings what the row has summed up to the same
    /// largest score. Whole vectors are computed, which start at multiples of their length in the span whatever the range; outside low
    /// to high weights are zero.
    /// </summary>
    public static void Add(in AttentionRows rows, int row, int low, int high, float cap)
    {
        float* scores = rows.Scores(row);
        bool isWide = Vector512.IsHardwareAccelerated && rows.Span % WideLanes == 0;
        int unit = isWide ? WideLanes : Lanes;
        int first = low / unit * unit;
        int end = (high + unit - 1) / unit * unit;
        if (cap > 0) Elementwise.SoftCap(scores, cap, first, end, end);
        for (int i = first; i < low; i++) scores[i] = float.NegativeInfinity;
        for (int i = high; i < end; i++) scores[i] = float.NegativeInfinity;

        float before = rows.Largest[row];
        float largest = MathF.Max(before, isWide
            ? Largest<Width512, Vector512<float>, Vector512<int>>(scores, first, end)
            : Largest<Width256, Vector256<float>, Vector256<int>>(scores, first, end));
        float sum = isWide
            ? Exponentiate<Width512, Vector512<float>, Vector512<int>>(scores, first, end, largest)
            : Exponentiate<Width256, Vector256<float>, Vector256<int>>(scores, first, end, largest);
        rows.Largest[row] = largest;
        if (largest == before)
        {
            rows.Sum[row] += sum;
            return;
        }

        float factor = MathF.Exp(before - largest);
        rows.Sum[row] = (rows.Sum[row] * factor) + sum;
        Elementwise.Scale(rows.Mixed + ((long)row * rows.MixedStride), factor, rows.MixedStride);
    }

    private static float Largest<TWidth, TFloats, TInts>(float* scores, int first, int end)
        where TWidth : IVectorWidth<TFloats, TInts>
        where TFloats : struct
        where TInts : struct
    {
        TFloats lanes = TWidth.Create(float.NegativeInfinity);
        for (int i = first; i < end; i += TWidth.Lanes) lanes = TWidth.Max(lanes, TWidth.Load(scores + i));
        return TWidth.Largest(lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate<TWidth, TFloats, TInts>(float* scores, int first, int end, float largest)
        where TWidth : IVectorWidth<TFloats, TInts>
        where TFloats : struct
        where TInts : struct
    {
        TFloats shift = TWidth.Create(largest);
        TFloats sums = default;
        for (int i = first; i < end; i += TWidth.Lanes)
        {
            TFloats weight = TWidth.Exp(TWidth.Subtract(TWidth.Load(scores + i), shift));
            TWidth.Store(weight, scores + i);
            sums = TWidth.Add(sums, weight);
        }

        return TWidth.Sum(sums);
    }
}
