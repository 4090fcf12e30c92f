using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Four-bit weights with VPDPBUSD on 256-bit vectors. A chunk gives two vectors of unsigned weights for each half of the rows: its
/// lower halves for the columns from 4k on and its upper ones for those from 16 + 4k on.
/// </summary>
internal readonly unsafe struct VnniInt4 : IPackedKernel
{
    private const int Half = PackedLayout.ChunkBytes / 2;
    private const int Columns = PackedLayout.BlockColumns / 2;

    public static WeightType Type => WeightType.Int4;

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
            Vector256<int> firstLow = Correction(corrections[i]);
            Vector256<int> firstHigh = firstLow, secondLow = default, secondHigh = default;
            byte* chunk = block + PackedLayout.ScaleBytes;
            for (int k = 0; k < Columns / 4; k++)
            {
                Vector256<byte> weights = Vector256.Load(chunk);
                Vector256<byte> others = Vector256.Load(chunk + Half);
                Vector256<sbyte> input = Four(x);
                firstLow = AvxVnni.MultiplyWideningAndAdd(firstLow, Lower(weights), input);
                firstHigh = AvxVnni.MultiplyWideningAndAdd(firstHigh, Lower(others), input);
                input = Four(x + Columns);
                secondLow = AvxVnni.MultiplyWideningAndAdd(secondLow, Upper(weights), input);
                secondHigh = AvxVnni.MultiplyWideningAndAdd(secondHigh, Upper(others), input);
                x += 4;
                chunk += PackedLayout.ChunkBytes;
            }

            var scale = Vector256.Create(scales[i]);
            low = Add(low, firstLow + secondLow, Vector256.Load((float*)block) * scale);
            high = Add(high, firstHigh + secondHigh, Vector256.Load((float*)block + 8) * scale);
            x += Columns;
            block += PackedLayout.Int4BlockBytes;
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
            Prefetch.BlockInt4(block);
            for (int k = 0; k < Columns / 4; k++)
            {
                Vector256<byte> packed = Vector256.Load(chunk), packedTop = Vector256.Load(chunk + Half);
                Vector256<byte> weights = Lower(packed), others = Lower(packedTop);
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
                weights = Upper(packed);
                others = Upper(packedTop);
                input = Four(x + Columns);
                dot0 = AvxVnni.MultiplyWideningAndAdd(dot0, weights, input);
                top0 = AvxVnni.MultiplyWideningAndAdd(top0, others, input);
                input = Four(x + stride + Columns);
                dot1 = AvxVnni.MultiplyWideningAndAdd(dot1, weights, input);
                top1 = AvxVnni.MultiplyWideningAndAdd(top1, others, input);
                input = Four(x + (2 * stride) + Columns);
                dot2 = AvxVnni.MultiplyWideningAndAdd(dot2, weights, input);
                top2 = AvxVnni.MultiplyWideningAndAdd(top2, others, input);
                input = Four(x + (3 * stride) + Columns);
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
            x += Columns;
            block += PackedLayout.Int4BlockBytes;
        }

        Store(sums, low0, high0);
        Store(sums + 16, low1, high1);
        Store(sums + 32, low2, high2);
        Store(sums + 48, low3, high3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Lower(Vector256<byte> packed) => packed & Vector256.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Upper(Vector256<byte> packed) =>
        Vector256.ShiftRightLogical(packed.AsUInt16(), 4).AsByte() & Vector256.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Four(sbyte* x) => Vector256.Create(*(int*)x).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Correction(int sum) => Vector256.Create(sum * -PackedLayout.Int4Offset);

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
