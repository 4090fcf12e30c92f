using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// 512-bit vectors without a dot product of bytes. VPMADDUBSW adds two products of an unsigned number and an input up to 127 in 16 bits.
/// Where numbers are up to 15, the eight such pairs of a block stay within 30,480: they add up in 16 bits and are widened once per
/// block. Numbers of eight bits are taken apart into two of four; numbers of five and six bits are widened pair by pair.
/// </summary>
internal readonly unsafe struct Avx512Kernel<TFormat> : IPackedKernel
    where TFormat : IPackedFormat
{
    public static WeightType Type => TFormat.Type;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneToken(byte* group, in QuantizedRows inputs, float* sums)
    {
        Vector512<float> sum = default;
        sbyte* x = inputs.Values;
        int blocks = inputs.Blocks;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector512<int> first = default, second = default;
            byte* chunks = block + PackedLayout.HeaderBytes<TFormat>();
            if (Prefetch.HelpsOneToken<TFormat>()) Prefetch.Block(block, PackedLayout.BlockBytes<TFormat>());
            for (int k = 0; k < 4; k++, x += 4)
            {
                Vector512<byte> weights = Read(chunks, 0, k), others = Read(chunks, 1, k);
                Multiply(ref first, ref second, weights, others, x);
            }

            byte* factors = block;
            Vector512<float> scale = PackedFactors.Sixteen(factors), other = BlockSums.SecondOfSixteen<TFormat>(factors);
            sum = Add(sum, first, second, scale, other, inputs, i);
            x += PackedLayout.HalfColumns;
            block += PackedLayout.BlockBytes<TFormat>();
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
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            Vector512<int> first0 = default, first1 = default, first2 = default, first3 = default;
            Vector512<int> second0 = default, second1 = default, second2 = default, second3 = default;
            byte* chunks = block + PackedLayout.HeaderBytes<TFormat>();
            Prefetch.Block(block, PackedLayout.BlockBytes<TFormat>());
            for (int k = 0; k < 4; k++, x += 4)
            {
                Vector512<byte> weights = Read(chunks, 0, k), others = Read(chunks, 1, k);
                Multiply(ref first0, ref second0, weights, others, x);
                Multiply(ref first1, ref second1, weights, others, x + stride);
                Multiply(ref first2, ref second2, weights, others, x + (2 * stride));
                Multiply(ref first3, ref second3, weights, others, x + (3 * stride));
            }

            byte* factors = block;
            Vector512<float> scale = PackedFactors.Sixteen(factors), other = BlockSums.SecondOfSixteen<TFormat>(factors);
            sum0 = Add(sum0, first0, second0, scale, other, inputs, i);
            sum1 = Add(sum1, first1, second1, scale, other, inputs, i + blocks);
            sum2 = Add(sum2, first2, second2, scale, other, inputs, i + (2 * blocks));
            sum3 = Add(sum3, first3, second3, scale, other, inputs, i + (3 * blocks));
            x += PackedLayout.HalfColumns;
            block += PackedLayout.BlockBytes<TFormat>();
        }

        sum0.Store(sums);
        sum1.Store(sums + 16);
        sum2.Store(sums + 32);
        sum3.Store(sums + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Read(byte* chunks, int half, int k) => TFormat.Read<SixteenRows>(chunks, half, k).Fours.AsByte();

    /// <summary>Multiplies four columns of each half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(
        ref Vector512<int> first, ref Vector512<int> second, Vector512<byte> weights, Vector512<byte> others, sbyte* x)
    {
        Vector512<sbyte> input = Four(x), otherInput = Four(x + PackedLayout.HalfColumns);
        if (TFormat.Bits == 8)
        {
            // Not the halves of the columns but of the bits add up apart.
            Vector512<short> lower = Pairs(Lower(weights), input) + Pairs(Lower(others), otherInput);
            Vector512<short> upper = Pairs(Upper(weights), input) + Pairs(Upper(others), otherInput);
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
    private static Vector512<float> Add(
        Vector512<float> sum,
        Vector512<int> first,
        Vector512<int> second,
        Vector512<float> scale,
        Vector512<float> other,
        in QuantizedRows inputs,
        int index)
    {
        int inputSum = inputs.Sums[index];
        if (TFormat.HasHalfScales)
        {
            int halfSum = inputs.HalfSums[index];
            first += Vector512.Create(halfSum * -TFormat.Offset);
            second += Vector512.Create((inputSum - halfSum) * -TFormat.Offset);
            return BlockSums.Add<TFormat>(sum, first, second, scale, other, inputs.Scales[index], inputSum);
        }

        Vector512<int> dot = TFormat.Bits switch
        {
            8 => Widen(first.AsInt16(), 1) + Widen(second.AsInt16(), 16),
            4 => Widen(first.AsInt16() + second.AsInt16(), 1),
            _ => first + second,
        };
        dot += Vector512.Create(inputSum * -TFormat.Offset);
        return BlockSums.Add<TFormat>(sum, dot, scale, other, inputs.Scales[index], inputSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<sbyte> Four(sbyte* x) => Vector512.Create(*(int*)x).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Lower(Vector512<byte> numbers) => numbers & Vector512.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Upper(Vector512<byte> numbers) =>
        Vector512.ShiftRightLogical(numbers.AsUInt16(), 4).AsByte() & Vector512.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Pairs(Vector512<byte> weights, Vector512<sbyte> input) => Avx512BW.MultiplyAddAdjacent(weights, input);

    /// <summary>Adds neighbours, times a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widen(Vector512<short> pairs, short factor) =>
        Avx512BW.MultiplyAddAdjacent(pairs, Vector512.Create(factor));
}
