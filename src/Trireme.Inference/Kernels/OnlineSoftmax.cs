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
        float largest = MathF.Max(before, isWide ? LargestWide(scores, first, end) : Largest(scores, first, end));
        float sum = isWide ? ExponentiateWide(scores, first, end, largest) : Exponentiate(scores, first, end, largest);
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

    private static float Largest(float* scores, int first, int end)
    {
        var lanes = Vector256.Create(float.NegativeInfinity);
        for (int i = first; i < end; i += Lanes) lanes = Vector256.MaxNative(lanes, Vector256.Load(scores + i));
        return Reduction.Max(lanes);
    }

    private static float LargestWide(float* scores, int first, int end)
    {
        var lanes = Vector512.Create(float.NegativeInfinity);
        for (int i = first; i < end; i += WideLanes) lanes = Vector512.MaxNative(lanes, Vector512.Load(scores + i));
        return Reduction.Max(Vector256.MaxNative(lanes.GetLower(), lanes.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate(float* scores, int first, int end, float largest)
    {
        var shift = Vector256.Create(largest);
        Vector256<float> sums = default;
        for (int i = first; i < end; i += Lanes)
        {
            Vector256<float> weight = Vector256.Exp(Vector256.Load(scores + i) - shift);
            weight.Store(scores + i);
            sums += weight;
        }

        return Reduction.Sum(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float ExponentiateWide(float* scores, int first, int end, float largest)
    {
        var shift = Vector512.Create(largest);
        Vector512<float> sums = default;
        for (int i = first; i < end; i += WideLanes)
        {
            Vector512<float> weight = Vector512.Exp(Vector512.Load(scores + i) - shift);
            weight.Store(scores + i);
            sums += weight;
        }

        return Reduction.Sum(sums.GetLower() + sums.GetUpper());
    }
}
