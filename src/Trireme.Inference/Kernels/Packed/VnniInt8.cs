using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Eight-bit weights with VPDPBUSD on 256-bit vectors: unsigned weights times signed inputs, four products per lane. Two vectors
/// hold the rows of a group; the sums start at what the weights' offset adds too much.
/// </summary>
internal readonly unsafe struct VnniInt8 : IPackedKernel
{
    private const int Half = PackedLayout.ChunkBytes / 2;

    public static WeightType Type => WeightType.Int8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneToken(byte* group, in QuantizedRows inputs, float* sums)
    {
        Vector256<float> low = default, high = default;
        sbyte* x = inputs.Values;
        float* scales = inputs.Scales;
        int* corrections = inputs.Sums;
        int blocks = inputs.Blocks;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            // Even and odd chunks add up apart: twice as many sums in flight hide the latency of the dot product.
            var evenLow = Vector256.Create(corrections[i] * -PackedLayout.Int8Offset);
            Vector256<int> evenHigh = evenLow, oddLow = default, oddHigh = default;
            byte* chunk = block + PackedLayout.ScaleBytes;
            for (int k = 0; k < PackedLayout.BlockColumns / 8; k++)
            {
                Vector256<sbyte> input = Four(x);
                evenLow = AvxVnni.MultiplyWideningAndAdd(evenLow, Vector256.Load(chunk), input);
                evenHigh = AvxVnni.MultiplyWideningAndAdd(evenHigh, Vector256.Load(chunk + Half), input);
                input = Four(x + 4);
                oddLow = AvxVnni.MultiplyWideningAndAdd(oddLow, Vector256.Load(chunk + (2 * Half)), input);
                oddHigh = AvxVnni.MultiplyWideningAndAdd(oddHigh, Vector256.Load(chunk + (3 * Half)), input);
                x += 8;
                chunk += 2 * PackedLayout.ChunkBytes;
            }

            var scale = Vector256.Create(scales[i]);
            low = Add(low, evenLow + oddLow, Vector256.Load((float*)block) * scale);
            high = Add(high, evenHigh + oddHigh, Vector256.Load((float*)block + 8) * scale);
            block += PackedLayout.Int8BlockBytes;
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
        int* corrections = inputs.Sums;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector256<int> dot0 = Correction(corrections[i]), dot1 = Correction(corrections[i + blocks]);
            Vector256<int> dot2 = Correction(corrections[i + (2 * blocks)]), dot3 = Correction(corrections[i + (3 * blocks)]);
            Vector256<int> top0 = dot0, top1 = dot1, top2 = dot2, top3 = dot3;
            byte* chunk = block + PackedLayout.ScaleBytes;
            Prefetch.BlockInt8(block);
            for (int k = 0; k < PackedLayout.BlockColumns / 4; k++)
            {
                Vector256<byte> weights = Vector256.Load(chunk);
                Vector256<byte> others = Vector256.Load(chunk + Half);
                Vector256<sbyte> input = Four(x);
                dot0 = AvxVnni.MultiplyWideningAndAdd(dot0, weights, input);
                top0 = AvxVnni.MultiplyWideningAndAdd(top0, others, input);
                input = Four(x + stride);
                dot1 = AvxVnni.MultiplyWideningAndAdd(dot1, weights, input);
                top1 = AvxVnni.MultiplyWideningAndAdd(top1, others, input);
                input = Four(x + (2 * stride));
                dot2 = AvxVnni.MultiplyWideningAndAdd(dot2, weights, input);
                top2 = AvxVnni.MultiplyWideningAndAdd(top2, others, input);
                input = Four(x + (3 * stride));
                dot3 = AvxVnni.MultiplyWideningAndAdd(dot3, weights, input);
                top3 = AvxVnni.MultiplyWideningAndAdd(top3, others, input);
                x += 4;
                chunk += PackedLayout.ChunkBytes;
            }

            Vector256<float> scaleLow = Vector256.Load((float*)block), scaleHigh = Vector256.Load((float*)block + 8);
            low0 = Add(low0, dot0, scaleLow * Vector256.Create(scales[i]));
            high0 = Add(high0, top0, scaleHigh * Vector256.Create(scales[i]));
            low1 = Add(low1, dot1, scaleLow * Vector256.Create(scales[i + blocks]));
            high1 = Add(high1, top1, scaleHigh * Vector256.Create(scales[i + blocks]));
            low2 = Add(low2, dot2, scaleLow * Vector256.Create(scales[i + (2 * blocks)]));
            high2 = Add(high2, top2, scaleHigh * Vector256.Create(scales[i + (2 * blocks)]));
            low3 = Add(low3, dot3, scaleLow * Vector256.Create(scales[i + (3 * blocks)]));
            high3 = Add(high3, top3, scaleHigh * Vector256.Create(scales[i + (3 * blocks)]));
            block += PackedLayout.Int8BlockBytes;
        }

        Store(sums, low0, high0);
        Store(sums + 16, low1, high1);
        Store(sums + 32, low2, high2);
        Store(sums + 48, low3, high3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Four(sbyte* x) => Vector256.Create(*(int*)x).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Correction(int sum) => Vector256.Create(sum * -PackedLayout.Int8Offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(Vector256<float> sum, Vector256<int> dot, Vector256<float> scale) =>
        Fma.MultiplyAdd(Avx.ConvertToVector256Single(dot), scale, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* sums, Vector256<float> low, Vector256<float> high)
    {
        low.Store(sums);
        high.Store(sums + 8);
    }
}
