using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Eight-bit weights on 512-bit vectors without a dot product of bytes: weights are widened to 16 bits and VPMADDWD adds pairs of
/// products. A row then has two lanes, which are added once per block.
/// </summary>
internal readonly unsafe struct Avx512Int8 : IPackedKernel
{
    private const int Half = PackedLayout.ChunkBytes / 2;

    public static WeightType Type => WeightType.Int8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneToken(byte* group, in QuantizedRows inputs, float* sums)
    {
        Vector512<float> sum = default;
        short* x = inputs.Wide;
        int blocks = inputs.Blocks;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector512<int> low = default, high = default;
            byte* chunk = block + PackedLayout.ScaleBytes;
            for (int k = 0; k < PackedLayout.BlockColumns / 4; k++)
            {
                Vector512<short> input = Four(x);
                low += Avx512BW.MultiplyAddAdjacent(Widen(chunk), input);
                high += Avx512BW.MultiplyAddAdjacent(Widen(chunk + Half), input);
                x += 4;
                chunk += PackedLayout.ChunkBytes;
            }

            sum = Add(sum, Dot(low, high, inputs.Sums[i]), Vector512.Load((float*)block), inputs.Scales[i]);
            block += PackedLayout.Int8BlockBytes;
        }

        sum.Store(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourTokens(byte* group, in QuantizedRows inputs, float* sums)
    {
        Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        int blocks = inputs.Blocks;
        nint stride = inputs.Stride;
        short* x = inputs.Wide;
        float* scales = inputs.Scales;
        int* corrections = inputs.Sums;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector512<int> low0 = default, low1 = default, low2 = default, low3 = default;
            Vector512<int> high0 = default, high1 = default, high2 = default, high3 = default;
            byte* chunk = block + PackedLayout.ScaleBytes;
            Prefetch.BlockInt8(block);
            for (int k = 0; k < PackedLayout.BlockColumns / 4; k++)
            {
                Vector512<short> weights = Widen(chunk), others = Widen(chunk + Half);
                Vector512<short> input = Four(x);
                low0 += Avx512BW.MultiplyAddAdjacent(weights, input);
                high0 += Avx512BW.MultiplyAddAdjacent(others, input);
                input = Four(x + stride);
                low1 += Avx512BW.MultiplyAddAdjacent(weights, input);
                high1 += Avx512BW.MultiplyAddAdjacent(others, input);
                input = Four(x + (2 * stride));
                low2 += Avx512BW.MultiplyAddAdjacent(weights, input);
                high2 += Avx512BW.MultiplyAddAdjacent(others, input);
                input = Four(x + (3 * stride));
                low3 += Avx512BW.MultiplyAddAdjacent(weights, input);
                high3 += Avx512BW.MultiplyAddAdjacent(others, input);
                x += 4;
                chunk += PackedLayout.ChunkBytes;
            }

            Vector512<float> scale = Vector512.Load((float*)block);
            sum0 = Add(sum0, Dot(low0, high0, corrections[i]), scale, scales[i]);
            sum1 = Add(sum1, Dot(low1, high1, corrections[i + blocks]), scale, scales[i + blocks]);
            sum2 = Add(sum2, Dot(low2, high2, corrections[i + (2 * blocks)]), scale, scales[i + (2 * blocks)]);
            sum3 = Add(sum3, Dot(low3, high3, corrections[i + (3 * blocks)]), scale, scales[i + (3 * blocks)]);
            block += PackedLayout.Int8BlockBytes;
        }

        sum0.Store(sums);
        sum1.Store(sums + 16);
        sum2.Store(sums + 32);
        sum3.Store(sums + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Widen(byte* weights) => Avx512BW.ConvertToVector512Int16(Vector256.Load(weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Four(short* x) => Vector512.Create(*(long*)x).AsInt16();

    /// <summary>Adds the two lanes of each row and takes back what the weights' offset adds too much.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Dot(Vector512<int> low, Vector512<int> high, int inputSum)
    {
        Vector512<int> even = Avx512F.PermuteVar16x32x2(
            low, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), high);
        Vector512<int> odd = Avx512F.PermuteVar16x32x2(
            low, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), high);
        return even + odd + Vector512.Create(inputSum * -PackedLayout.Int8Offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> sum, Vector512<int> dot, Vector512<float> scale, float inputScale) =>
        Avx512F.FusedMultiplyAdd(Avx512F.ConvertToVector512Single(dot), scale * Vector512.Create(inputScale), sum);
}
