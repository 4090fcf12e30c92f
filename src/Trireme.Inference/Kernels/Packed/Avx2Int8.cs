using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Eight-bit weights on 256-bit vectors without a dot product of bytes. VPMADDUBSW would saturate with unsigned weights; widened to
/// 16 bits, VPMADDWD adds pairs of products exactly, in as many instructions as the detour over signs would take. The group's two
/// halves are computed one after the other, because sixteen registers hold no more sums.
/// </summary>
internal readonly unsafe struct Avx2Int8 : IPackedKernel
{
    private const int HalfRows = PackedLayout.GroupRows / 2;
    private const int QuarterBytes = PackedLayout.ChunkBytes / 4;

    public static WeightType Type => WeightType.Int8;

    public static void OneToken(byte* group, in QuantizedRows inputs, float* sums)
    {
        OneToken(group, firstRow: 0, inputs, sums);
        OneToken(group, HalfRows, inputs, sums);
    }

    public static void FourTokens(byte* group, in QuantizedRows inputs, float* sums)
    {
        FourTokens(group, firstRow: 0, inputs, sums);
        FourTokens(group, HalfRows, inputs, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneToken(byte* group, int firstRow, in QuantizedRows inputs, float* sums)
    {
        Vector256<float> sum = default;
        short* x = inputs.Wide;
        int blocks = inputs.Blocks;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector256<int> low = default, high = default;
            byte* chunk = block + PackedLayout.ScaleBytes + (firstRow * 4);
            for (int k = 0; k < PackedLayout.BlockColumns / 4; k++)
            {
                Vector256<short> input = Four(x);
                low += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(chunk), input);
                high += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(chunk + QuarterBytes), input);
                x += 4;
                chunk += PackedLayout.ChunkBytes;
            }

            sum = Add(sum, Dot(low, high, inputs.Sums[i]), Vector256.Load((float*)block + firstRow), inputs.Scales[i]);
            block += PackedLayout.Int8BlockBytes;
        }

        sum.Store(sums + firstRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourTokens(byte* group, int firstRow, in QuantizedRows inputs, float* sums)
    {
        Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        int blocks = inputs.Blocks;
        nint stride = inputs.Stride;
        short* x = inputs.Wide;
        float* scales = inputs.Scales;
        int* corrections = inputs.Sums;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector256<int> low0 = default, low1 = default, low2 = default, low3 = default;
            Vector256<int> high0 = default, high1 = default, high2 = default, high3 = default;
            byte* chunk = block + PackedLayout.ScaleBytes + (firstRow * 4);
            for (int k = 0; k < PackedLayout.BlockColumns / 4; k++)
            {
                Vector256<short> weights = Avx2.ConvertToVector256Int16(chunk);
                Vector256<short> others = Avx2.ConvertToVector256Int16(chunk + QuarterBytes);
                Vector256<short> input = Four(x);
                low0 += Avx2.MultiplyAddAdjacent(weights, input);
                high0 += Avx2.MultiplyAddAdjacent(others, input);
                input = Four(x + stride);
                low1 += Avx2.MultiplyAddAdjacent(weights, input);
                high1 += Avx2.MultiplyAddAdjacent(others, input);
                input = Four(x + (2 * stride));
                low2 += Avx2.MultiplyAddAdjacent(weights, input);
                high2 += Avx2.MultiplyAddAdjacent(others, input);
                input = Four(x + (3 * stride));
                low3 += Avx2.MultiplyAddAdjacent(weights, input);
                high3 += Avx2.MultiplyAddAdjacent(others, input);
                x += 4;
                chunk += PackedLayout.ChunkBytes;
            }

            Vector256<float> scale = Vector256.Load((float*)block + firstRow);
            sum0 = Add(sum0, Dot(low0, high0, corrections[i]), scale, scales[i]);
            sum1 = Add(sum1, Dot(low1, high1, corrections[i + blocks]), scale, scales[i + blocks]);
            sum2 = Add(sum2, Dot(low2, high2, corrections[i + (2 * blocks)]), scale, scales[i + (2 * blocks)]);
            sum3 = Add(sum3, Dot(low3, high3, corrections[i + (3 * blocks)]), scale, scales[i + (3 * blocks)]);
            block += PackedLayout.Int8BlockBytes;
        }

        sums += firstRow;
        sum0.Store(sums);
        sum1.Store(sums + 16);
        sum2.Store(sums + 32);
        sum3.Store(sums + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Four(short* x) => Vector256.Create(*(long*)x).AsInt16();

    /// <summary>Adds the two lanes of each row, puts the rows in order and takes back what the weights' offset adds too much.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Dot(Vector256<int> low, Vector256<int> high, int inputSum)
    {
        // Rows 0 and 1, 4 and 5, 2 and 3, 6 and 7.
        Vector256<long> pairs = Avx2.HorizontalAdd(low, high).AsInt64();
        return Avx2.Permute4x64(pairs, 0b11_01_10_00).AsInt32() + Vector256.Create(inputSum * -PackedLayout.Int8Offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(Vector256<float> sum, Vector256<int> dot, Vector256<float> scale, float inputScale) =>
        Fma.MultiplyAdd(Avx.ConvertToVector256Single(dot), scale * Vector256.Create(inputScale), sum);
}
