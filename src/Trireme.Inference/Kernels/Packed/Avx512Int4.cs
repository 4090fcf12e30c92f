using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Four-bit weights on 512-bit vectors. VPMADDUBSW adds two products of an unsigned weight up to 15 and an input up to 127 in 16
/// bits; the eight such pairs of a block stay within 30,480, so that they add up in 16 bits too and are widened once per block.
/// </summary>
internal readonly unsafe struct Avx512Int4 : IPackedKernel
{
    private const int Columns = PackedLayout.BlockColumns / 2;

    public static WeightType Type => WeightType.Int4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneToken(byte* group, in QuantizedRows inputs, float* sums)
    {
        Vector512<float> sum = default;
        sbyte* x = inputs.Values;
        int blocks = inputs.Blocks;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector512<short> first = default, second = default;
            byte* chunk = block + PackedLayout.ScaleBytes;
            for (int k = 0; k < Columns / 4; k++)
            {
                Vector512<byte> packed = Vector512.Load(chunk);
                first += Avx512BW.MultiplyAddAdjacent(Lower(packed), Four(x));
                second += Avx512BW.MultiplyAddAdjacent(Upper(packed), Four(x + Columns));
                x += 4;
                chunk += PackedLayout.ChunkBytes;
            }

            sum = Add(sum, Dot(first + second, inputs.Sums[i]), Vector512.Load((float*)block), inputs.Scales[i]);
            x += Columns;
            block += PackedLayout.Int4BlockBytes;
        }

        sum.Store(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourTokens(byte* group, in QuantizedRows inputs, float* sums)
    {
        Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        int blocks = inputs.Blocks;
        nint stride = inputs.Stride;
        sbyte* x = inputs.Values;
        float* scales = inputs.Scales;
        int* corrections = inputs.Sums;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector512<short> first0 = default, first1 = default, first2 = default, first3 = default;
            Vector512<short> second0 = default, second1 = default, second2 = default, second3 = default;
            byte* chunk = block + PackedLayout.ScaleBytes;
            Prefetch.BlockInt4(block);
            for (int k = 0; k < Columns / 4; k++)
            {
                Vector512<byte> packed = Vector512.Load(chunk);
                Vector512<byte> lower = Lower(packed), upper = Upper(packed);
                first0 += Avx512BW.MultiplyAddAdjacent(lower, Four(x));
                second0 += Avx512BW.MultiplyAddAdjacent(upper, Four(x + Columns));
                first1 += Avx512BW.MultiplyAddAdjacent(lower, Four(x + stride));
                second1 += Avx512BW.MultiplyAddAdjacent(upper, Four(x + stride + Columns));
                first2 += Avx512BW.MultiplyAddAdjacent(lower, Four(x + (2 * stride)));
                second2 += Avx512BW.MultiplyAddAdjacent(upper, Four(x + (2 * stride) + Columns));
                first3 += Avx512BW.MultiplyAddAdjacent(lower, Four(x + (3 * stride)));
                second3 += Avx512BW.MultiplyAddAdjacent(upper, Four(x + (3 * stride) + Columns));
                x += 4;
                chunk += PackedLayout.ChunkBytes;
            }

            Vector512<float> scale = Vector512.Load((float*)block);
            sum0 = Add(sum0, Dot(first0 + second0, corrections[i]), scale, scales[i]);
            sum1 = Add(sum1, Dot(first1 + second1, corrections[i + blocks]), scale, scales[i + blocks]);
            sum2 = Add(sum2, Dot(first2 + second2, corrections[i + (2 * blocks)]), scale, scales[i + (2 * blocks)]);
            sum3 = Add(sum3, Dot(first3 + second3, corrections[i + (3 * blocks)]), scale, scales[i + (3 * blocks)]);
            x += Columns;
            block += PackedLayout.Int4BlockBytes;
        }

        sum0.Store(sums);
        sum1.Store(sums + 16);
        sum2.Store(sums + 32);
        sum3.Store(sums + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Lower(Vector512<byte> packed) => packed & Vector512.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Upper(Vector512<byte> packed) =>
        Vector512.ShiftRightLogical(packed.AsUInt16(), 4).AsByte() & Vector512.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<sbyte> Four(sbyte* x) => Vector512.Create(*(int*)x).AsSByte();

    /// <summary>Widens the pairs and takes back what the weights' offset adds too much.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Dot(Vector512<short> pairs, int inputSum) =>
        Avx512BW.MultiplyAddAdjacent(pairs, Vector512<short>.One) + Vector512.Create(inputSum * -PackedLayout.Int4Offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> sum, Vector512<int> dot, Vector512<float> scale, float inputScale) =>
        Avx512F.FusedMultiplyAdd(Avx512F.ConvertToVector512Single(dot), scale * Vector512.Create(inputScale), sum);
}
