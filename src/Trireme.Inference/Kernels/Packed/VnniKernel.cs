using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// VPDPBUSD on 256-bit vectors: unsigned weights times signed inputs, four products per lane. Two vectors, low and high, hold the rows of
/// a group; the sums of products start at what the weights' offset adds too much.
/// </summary>
internal readonly unsafe struct VnniKernel<TFormat> : IPackedKernel
    where TFormat : IPackedFormat
{
    private const int HighRows = PackedLayout.ChunkBytes / 2;
    private const int HighFactors = PackedLayout.FactorBytes / 2;

    public static WeightType Type => TFormat.Type;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneToken(byte* group, in QuantizedRows inputs, float* sums)
    {
        Vector256<float> low = default, high = default;
        sbyte* x = inputs.Values;
        float* scales = inputs.Scales;
        int* inputSums = inputs.Sums;
        int* halfSums = inputs.HalfSums;
        int blocks = inputs.Blocks;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            // The halves of the columns add up apart: twice as many sums in flight hide the latency of the dot product.
            Vector256<int> firstLow = Start(TFormat.HasHalfScales ? halfSums[i] : inputSums[i]);
            Vector256<int> secondLow = TFormat.HasHalfScales ? Start(inputSums[i] - halfSums[i]) : default;
            Vector256<int> firstHigh = firstLow, secondHigh = secondLow;
            byte* chunks = block + PackedLayout.HeaderBytes<TFormat>();
            if (Prefetch.HelpsOneToken<TFormat>()) Prefetch.Block(block, PackedLayout.BlockBytes<TFormat>());
            for (int k = 0; k < 4; k++)
            {
                Vector256<sbyte> input = Four(x);
                firstLow = AvxVnni.MultiplyWideningAndAdd(firstLow, Read(chunks, 0, k), input);
                firstHigh = AvxVnni.MultiplyWideningAndAdd(firstHigh, Read(chunks + HighRows, 0, k), input);
                input = Four(x + PackedLayout.HalfColumns);
                secondLow = AvxVnni.MultiplyWideningAndAdd(secondLow, Read(chunks, 1, k), input);
                secondHigh = AvxVnni.MultiplyWideningAndAdd(secondHigh, Read(chunks + HighRows, 1, k), input);
                x += 4;
            }

            Vector256<float> scale = PackedFactors.Eight(block), other = Second(block);
            low = Add(low, firstLow, secondLow, scale, other, scales[i], inputSums[i]);
            scale = PackedFactors.Eight(block + HighFactors);
            other = Second(block + HighFactors);
            high = Add(high, firstHigh, secondHigh, scale, other, scales[i], inputSums[i]);
            x += PackedLayout.HalfColumns;
            block += PackedLayout.BlockBytes<TFormat>();
        }

        Store(sums, low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourTokens(byte* group, in QuantizedRows inputs, float* sums)
    {
        Vector256<float> low0 = default, low1 = default, low2 = default, low3 = default;
        Vector256<float> high0 = default, high1 = default, high2 = default, high3 = default;
        int blocks = inputs.Blocks;
        nint stride = inputs.Stride;
        sbyte* x = inputs.Values;
        float* scales = inputs.Scales;
        int* all = inputs.Sums;
        int* starts = TFormat.HasHalfScales ? inputs.HalfSums : inputs.Sums;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            int one = i + blocks, two = one + blocks, three = two + blocks;
            Vector256<int> dot0 = Start(starts[i]), dot1 = Start(starts[one]), dot2 = Start(starts[two]), dot3 = Start(starts[three]);
            Vector256<int> top0 = dot0, top1 = dot1, top2 = dot2, top3 = dot3;
            byte* chunks = block + PackedLayout.HeaderBytes<TFormat>();
            Prefetch.Block(block, PackedLayout.BlockBytes<TFormat>());
            for (int k = 0; k < 4; k++, x += 4)
            {
                Vector256<byte> weights = Read(chunks, 0, k), others = Read(chunks + HighRows, 0, k);
                Multiply(ref dot0, ref top0, weights, others, x);
                Multiply(ref dot1, ref top1, weights, others, x + stride);
                Multiply(ref dot2, ref top2, weights, others, x + (2 * stride));
                Multiply(ref dot3, ref top3, weights, others, x + (3 * stride));
            }

            Vector256<float> scale = PackedFactors.Eight(block), scaleHigh = PackedFactors.Eight(block + HighFactors);
            Vector256<float> other = Second(block);
            Vector256<float> otherHigh = Second(block + HighFactors);
            if (TFormat.HasHalfScales)
            {
                AddHalf(ref low0, ref high0, ref dot0, ref top0, scale, scaleHigh, scales[i], all[i] - starts[i]);
                AddHalf(ref low1, ref high1, ref dot1, ref top1, scale, scaleHigh, scales[one], all[one] - starts[one]);
                AddHalf(ref low2, ref high2, ref dot2, ref top2, scale, scaleHigh, scales[two], all[two] - starts[two]);
                AddHalf(ref low3, ref high3, ref dot3, ref top3, scale, scaleHigh, scales[three], all[three] - starts[three]);
                (scale, scaleHigh) = (other, otherHigh);
            }

            for (int k = 0; k < 4; k++, x += 4)
            {
                Vector256<byte> weights = Read(chunks, 1, k), others = Read(chunks + HighRows, 1, k);
                Multiply(ref dot0, ref top0, weights, others, x);
                Multiply(ref dot1, ref top1, weights, others, x + stride);
                Multiply(ref dot2, ref top2, weights, others, x + (2 * stride));
                Multiply(ref dot3, ref top3, weights, others, x + (3 * stride));
            }

            low0 = Add(low0, dot0, scale, other, scales[i], all[i]);
            high0 = Add(high0, top0, scaleHigh, otherHigh, scales[i], all[i]);
            low1 = Add(low1, dot1, scale, other, scales[one], all[one]);
            high1 = Add(high1, top1, scaleHigh, otherHigh, scales[one], all[one]);
            low2 = Add(low2, dot2, scale, other, scales[two], all[two]);
            high2 = Add(high2, top2, scaleHigh, otherHigh, scales[two], all[two]);
            low3 = Add(low3, dot3, scale, other, scales[three], all[three]);
            high3 = Add(high3, top3, scaleHigh, otherHigh, scales[three], all[three]);
            block += PackedLayout.BlockBytes<TFormat>();
        }

        Store(sums, low0, high0);
        Store(sums + 16, low1, high1);
        Store(sums + 32, low2, high2);
        Store(sums + 48, low3, high3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Read(byte* chunks, int half, int k) => TFormat.Read<EightRows>(chunks, half, k).Fours.AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Four(sbyte* x) => Vector256.Create(*(int*)x).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Start(int inputSum) => Vector256.Create(inputSum * -TFormat.Offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(
        ref Vector256<int> low, ref Vector256<int> high, Vector256<byte> weights, Vector256<byte> others, sbyte* x)
    {
        Vector256<sbyte> input = Four(x);
        low = AvxVnni.MultiplyWideningAndAdd(low, weights, input);
        high = AvxVnni.MultiplyWideningAndAdd(high, others, input);
    }

    /// <summary>Adds what the first half of the columns gave, and begins the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddHalf(
        ref Vector256<float> low,
        ref Vector256<float> high,
        ref Vector256<int> dot,
        ref Vector256<int> top,
        Vector256<float> scale,
        Vector256<float> scaleHigh,
        float inputScale,
        int secondSum)
    {
        low = Add(low, dot, scale, inputScale);
        high = Add(high, top, scaleHigh, inputScale);
        dot = top = Start(secondSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Second(byte* factors) =>
        BlockSums<TFormat, Width256, Vector256<float>, Vector256<int>>.Second(factors);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(
        Vector256<float> sum,
        Vector256<int> first,
        Vector256<int> second,
        Vector256<float> scale,
        Vector256<float> other,
        float inputScale,
        int inputSum) =>
        BlockSums<TFormat, Width256, Vector256<float>, Vector256<int>>.Add(sum, first, second, scale, other, inputScale, inputSum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(
        Vector256<float> sum, Vector256<int> dot, Vector256<float> scale, Vector256<float> minimum, float inputScale, int inputSum) =>
        BlockSums<TFormat, Width256, Vector256<float>, Vector256<int>>.Add(sum, dot, scale, minimum, inputScale, inputSum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(Vector256<float> sum, Vector256<int> dot, Vector256<float> scale, float inputScale) =>
        BlockSums<TFormat, Width256, Vector256<float>, Vector256<int>>.Add(sum, dot, scale, inputScale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* sums, Vector256<float> low, Vector256<float> high)
    {
        low.Store(sums);
        high.Store(sums + 8);
    }
}
