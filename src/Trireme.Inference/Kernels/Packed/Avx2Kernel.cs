using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// 256-bit vectors, by the sums of <see cref="Avx512Kernel{TFormat}"/>. The group's two halves are computed one after the other, because
/// sixteen registers hold no more sums.
/// </summary>
internal readonly unsafe struct Avx2Kernel<TFormat> : IPackedKernel
    where TFormat : IPackedFormat
{
    private const int HalfRows = PackedLayout.GroupRows / 2;

    public static WeightType Type => TFormat.Type;

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
            Vector256<int> first = default, second = default;
            byte* chunks = block + PackedLayout.HeaderBytes<TFormat>() + (firstRow * PackedLayout.BytesPerRow);
            if (Prefetch.HelpsOneToken<TFormat>()) Prefetch.Block(block, PackedLayout.BlockBytes<TFormat>());
            for (int k = 0; k < 4; k++, x += 4)
            {
                Vector256<byte> weights = Read(chunks, 0, k), others = Read(chunks, 1, k);
                Multiply(ref first, ref second, weights, others, x);
            }

            byte* factors = block + (firstRow * sizeof(ushort));
            Vector256<float> scale = PackedFactors.Eight(factors), other = BlockSums.SecondOfEight<TFormat>(factors);
            sum = Add(sum, first, second, scale, other, inputs, i);
            x += PackedLayout.HalfColumns;
            block += PackedLayout.BlockBytes<TFormat>();
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
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector256<int> first0 = default, first1 = default, first2 = default, first3 = default;
            Vector256<int> second0 = default, second1 = default, second2 = default, second3 = default;
            byte* chunks = block + PackedLayout.HeaderBytes<TFormat>() + (firstRow * PackedLayout.BytesPerRow);
            Prefetch.Block(block, PackedLayout.BlockBytes<TFormat>());
            for (int k = 0; k < 4; k++, x += 4)
            {
                Vector256<byte> weights = Read(chunks, 0, k), others = Read(chunks, 1, k);
                Multiply(ref first0, ref second0, weights, others, x);
                Multiply(ref first1, ref second1, weights, others, x + stride);
                Multiply(ref first2, ref second2, weights, others, x + (2 * stride));
                Multiply(ref first3, ref second3, weights, others, x + (3 * stride));
            }

            byte* factors = block + (firstRow * sizeof(ushort));
            Vector256<float> scale = PackedFactors.Eight(factors), other = BlockSums.SecondOfEight<TFormat>(factors);
            sum0 = Add(sum0, first0, second0, scale, other, inputs, i);
            sum1 = Add(sum1, first1, second1, scale, other, inputs, i + blocks);
            sum2 = Add(sum2, first2, second2, scale, other, inputs, i + (2 * blocks));
            sum3 = Add(sum3, first3, second3, scale, other, inputs, i + (3 * blocks));
            x += PackedLayout.HalfColumns;
            block += PackedLayout.BlockBytes<TFormat>();
        }

        sums += firstRow;
        sum0.Store(sums);
        sum1.Store(sums + 16);
        sum2.Store(sums + 32);
        sum3.Store(sums + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Read(byte* chunks, int half, int k) => TFormat.Read<EightRows>(chunks, half, k).Fours.AsByte();

    /// <summary>Multiplies four columns of each half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(
        ref Vector256<int> first, ref Vector256<int> second, Vector256<byte> weights, Vector256<byte> others, sbyte* x)
    {
        Vector256<sbyte> input = Four(x), otherInput = Four(x + PackedLayout.HalfColumns);
        if (TFormat.Bits == 8)
        {
            // Not the halves of the columns but of the bits add up apart.
            Vector256<short> lower = Pairs(Lower(weights), input) + Pairs(Lower(others), otherInput);
            Vector256<short> upper = Pairs(Upper(weights), input) + Pairs(Upper(others), otherInput);
            first = (first.AsInt16() + lower).AsInt32();
            second = (second.AsInt16() + upper).AsInt32();
        }
        else if (TFormat.Bits == 4)
        {
            first = (first.AsInt16() + Pairs(weights, input)).AsInt32();
            second = (second.AsInt16() + Pairs(others, otherInput)).AsInt32();
        }
        else
        {
            first += Widen(Pairs(weights, input), 1);
            second += Widen(Pairs(others, otherInput), 1);
        }
    }

    /// <summary>Widens the products, takes back what the weights' offset adds too much, and adds them to the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(
        Vector256<float> sum,
        Vector256<int> first,
        Vector256<int> second,
        Vector256<float> scale,
        Vector256<float> other,
        in QuantizedRows inputs,
        int index)
    {
        int inputSum = inputs.Sums[index];
        if (TFormat.HasHalfScales)
        {
            int halfSum = inputs.HalfSums[index];
            first += Vector256.Create(halfSum * -TFormat.Offset);
            second += Vector256.Create((inputSum - halfSum) * -TFormat.Offset);
            return BlockSums.Add<TFormat>(sum, first, second, scale, other, inputs.Scales[index], inputSum);
        }

        Vector256<int> dot = TFormat.Bits switch
        {
            8 => Widen(first.AsInt16(), 1) + Widen(second.AsInt16(), 16),
            4 => Widen(first.AsInt16() + second.AsInt16(), 1),
            _ => first + second,
        };
        dot += Vector256.Create(inputSum * -TFormat.Offset);
        return BlockSums.Add<TFormat>(sum, dot, scale, other, inputs.Scales[index], inputSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Four(sbyte* x) => Vector256.Create(*(int*)x).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Lower(Vector256<byte> numbers) => numbers & Vector256.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Upper(Vector256<byte> numbers) =>
        Vector256.ShiftRightLogical(numbers.AsUInt16(), 4).AsByte() & Vector256.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Pairs(Vector256<byte> weights, Vector256<sbyte> input) => Avx2.MultiplyAddAdjacent(weights, input);

    /// <summary>Adds neighbours, times a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(Vector256<short> pairs, short factor) =>
        Avx2.MultiplyAddAdjacent(pairs, Vector256.Create(factor));
}
