using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Four-bit weights on 256-bit vectors, by the sums of <see cref="Avx512Int4"/>: a block's pairs of products add up in 16 bits. The
/// group's two halves are computed one after the other, because sixteen registers hold no more sums.
/// </summary>
internal readonly unsafe struct Avx2Int4 : IPackedKernel
{
    private const int HalfRows = PackedLayout.GroupRows / 2;
    private const int Columns = PackedLayout.BlockColumns / 2;

    public static WeightType Type => WeightType.Int4;

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
        sbyte* x = inputs.Values;
        int blocks = inputs.Blocks;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector256<short> first = default, second = default;
            byte* chunk = block + PackedLayout.ScaleBytes + (firstRow * 4);
            for (int k = 0; k < Columns / 4; k++)
            {
                Vector256<byte> packed = Vector256.Load(chunk);
                first += Avx2.MultiplyAddAdjacent(Lower(packed), Four(x));
                second += Avx2.MultiplyAddAdjacent(Upper(packed), Four(x + Columns));
                x += 4;
                chunk += PackedLayout.ChunkBytes;
            }

            sum = Add(sum, Dot(first + second, inputs.Sums[i]), Vector256.Load((float*)block + firstRow), inputs.Scales[i]);
            x += Columns;
            block += PackedLayout.Int4BlockBytes;
        }

        sum.Store(sums + firstRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourTokens(byte* group, int firstRow, in QuantizedRows inputs, float* sums)
    {
        Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        int blocks = inputs.Blocks;
        nint stride = inputs.Stride;
        sbyte* x = inputs.Values;
        float* scales = inputs.Scales;
        int* corrections = inputs.Sums;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector256<short> pairs0 = default, pairs1 = default, pairs2 = default, pairs3 = default;
            byte* chunk = block + PackedLayout.ScaleBytes + (firstRow * 4);
            for (int k = 0; k < Columns / 4; k++)
            {
                Vector256<byte> packed = Vector256.Load(chunk);
                Vector256<byte> lower = Lower(packed), upper = Upper(packed);
                pairs0 += Avx2.MultiplyAddAdjacent(lower, Four(x));
                pairs0 += Avx2.MultiplyAddAdjacent(upper, Four(x + Columns));
                pairs1 += Avx2.MultiplyAddAdjacent(lower, Four(x + stride));
                pairs1 += Avx2.MultiplyAddAdjacent(upper, Four(x + stride + Columns));
                pairs2 += Avx2.MultiplyAddAdjacent(lower, Four(x + (2 * stride)));
                pairs2 += Avx2.MultiplyAddAdjacent(upper, Four(x + (2 * stride) + Columns));
                pairs3 += Avx2.MultiplyAddAdjacent(lower, Four(x + (3 * stride)));
                pairs3 += Avx2.MultiplyAddAdjacent(upper, Four(x + (3 * stride) + Columns));
                x += 4;
                chunk += PackedLayout.ChunkBytes;
            }

            Vector256<float> scale = Vector256.Load((float*)block + firstRow);
            sum0 = Add(sum0, Dot(pairs0, corrections[i]), scale, scales[i]);
            sum1 = Add(sum1, Dot(pairs1, corrections[i + blocks]), scale, scales[i + blocks]);
            sum2 = Add(sum2, Dot(pairs2, corrections[i + (2 * blocks)]), scale, scales[i + (2 * blocks)]);
            sum3 = Add(sum3, Dot(pairs3, corrections[i + (3 * blocks)]), scale, scales[i + (3 * blocks)]);
            x += Columns;
            block += PackedLayout.Int4BlockBytes;
        }

        sums += firstRow;
        sum0.Store(sums);
        sum1.Store(sums + 16);
        sum2.Store(sums + 32);
        sum3.Store(sums + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Lower(Vector256<byte> packed) => packed & Vector256.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Upper(Vector256<byte> packed) =>
        Vector256.ShiftRightLogical(packed.AsUInt16(), 4).AsByte() & Vector256.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Four(sbyte* x) => Vector256.Create(*(int*)x).AsSByte();

    /// <summary>Widens the pairs and takes back what the weights' offset adds too much.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Dot(Vector256<short> pairs, int inputSum) =>
        Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One) + Vector256.Create(inputSum * -PackedLayout.Int4Offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(Vector256<float> sum, Vector256<int> dot, Vector256<float> scale, float inputScale) =>
        Fma.MultiplyAdd(Avx.ConvertToVector256Single(dot), scale * Vector256.Create(inputScale), sum);
}
