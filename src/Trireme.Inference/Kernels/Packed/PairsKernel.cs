using System.Runtime.CompilerServices;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Vectors of any width without a dot product of bytes. VPMADDUBSW adds two products of an unsigned number and an input up to 127 in 16
/// bits. Where numbers are up to 15, the eight such pairs of a block stay within 30,480: they add up in 16 bits and are widened once per
/// block. Numbers of eight bits are taken apart into two of four; numbers of five and six bits are widened pair by pair. Parts of the
/// group that fill a vector are computed one after the other, because registers hold no more sums; where a vector holds the whole group,
/// its first row is a constant for the compiler.
/// </summary>
internal readonly unsafe struct PairsKernel<TFormat, TWidth, TFloats, TInts> : IPackedKernel
    where TFormat : IPackedFormat
    where TWidth : IVectorWidth<TFloats, TInts>
    where TFloats : struct
    where TInts : struct
{
    public static WeightType Type => TFormat.Type;

    public static void OneToken(byte* group, in QuantizedRows inputs, float* sums)
    {
        for (int row = 0; row < PackedLayout.GroupRows; row += TWidth.Lanes) OneToken(group, row, inputs, sums);
    }

    public static void FourTokens(byte* group, in QuantizedRows inputs, float* sums)
    {
        for (int row = 0; row < PackedLayout.GroupRows; row += TWidth.Lanes) FourTokens(group, row, inputs, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneToken(byte* group, int firstRow, in QuantizedRows inputs, float* sums)
    {
        if (TWidth.Lanes == PackedLayout.GroupRows) firstRow = 0;
        TFloats sum = default;
        sbyte* x = inputs.Values;
        int blocks = inputs.Blocks;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            TInts first = default, second = default;
            byte* chunks = block + PackedLayout.HeaderBytes<TFormat>() + (firstRow * PackedLayout.BytesPerRow);
            if (Prefetch.HelpsOneToken<TFormat>()) Prefetch.Block(block, PackedLayout.BlockBytes<TFormat>());
            for (int k = 0; k < 4; k++, x += 4)
            {
                TInts weights = TWidth.LoadNumbers<TFormat>(chunks, 0, k), others = TWidth.LoadNumbers<TFormat>(chunks, 1, k);
                Multiply(ref first, ref second, weights, others, x);
            }

            byte* factors = block + (firstRow * sizeof(ushort));
            TFloats scale = TWidth.LoadFactors(factors);
            TFloats other = BlockSums<TFormat, TWidth, TFloats, TInts>.Second(factors);
            sum = Add(sum, first, second, scale, other, inputs, i);
            x += PackedLayout.HalfColumns;
            block += PackedLayout.BlockBytes<TFormat>();
        }

        TWidth.Store(sum, sums + firstRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourTokens(byte* group, int firstRow, in QuantizedRows inputs, float* sums)
    {
        if (TWidth.Lanes == PackedLayout.GroupRows) firstRow = 0;
        TFloats sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        int blocks = inputs.Blocks;
        nint stride = inputs.Stride;
        sbyte* x = inputs.Values;
        byte* block = group;
        for (int i = 0; i < blocks; i++)
        {
            TInts first0 = default, first1 = default, first2 = default, first3 = default;
            TInts second0 = default, second1 = default, second2 = default, second3 = default;
            byte* chunks = block + PackedLayout.HeaderBytes<TFormat>() + (firstRow * PackedLayout.BytesPerRow);
            Prefetch.Block(block, PackedLayout.BlockBytes<TFormat>());
            for (int k = 0; k < 4; k++, x += 4)
            {
                TInts weights = TWidth.LoadNumbers<TFormat>(chunks, 0, k), others = TWidth.LoadNumbers<TFormat>(chunks, 1, k);
                Multiply(ref first0, ref second0, weights, others, x);
                Multiply(ref first1, ref second1, weights, others, x + stride);
                Multiply(ref first2, ref second2, weights, others, x + (2 * stride));
                Multiply(ref first3, ref second3, weights, others, x + (3 * stride));
            }

            byte* factors = block + (firstRow * sizeof(ushort));
            TFloats scale = TWidth.LoadFactors(factors);
            TFloats other = BlockSums<TFormat, TWidth, TFloats, TInts>.Second(factors);
            sum0 = Add(sum0, first0, second0, scale, other, inputs, i);
            sum1 = Add(sum1, first1, second1, scale, other, inputs, i + blocks);
            sum2 = Add(sum2, first2, second2, scale, other, inputs, i + (2 * blocks));
            sum3 = Add(sum3, first3, second3, scale, other, inputs, i + (3 * blocks));
            x += PackedLayout.HalfColumns;
            block += PackedLayout.BlockBytes<TFormat>();
        }

        sums += firstRow;
        TWidth.Store(sum0, sums);
        TWidth.Store(sum1, sums + 16);
        TWidth.Store(sum2, sums + 32);
        TWidth.Store(sum3, sums + 48);
    }

    /// <summary>Multiplies four columns of each half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(ref TInts first, ref TInts second, TInts weights, TInts others, sbyte* x)
    {
        TInts input = TWidth.Create(*(int*)x), otherInput = TWidth.Create(*(int*)(x + PackedLayout.HalfColumns));
        if (TFormat.Bits == 8)
        {
            // Not the halves of the columns but of the bits add up apart.
            TInts lower = TWidth.AddWords(
                TWidth.MultiplyBytes(TWidth.LowerBits(weights), input), TWidth.MultiplyBytes(TWidth.LowerBits(others), otherInput));
            TInts upper = TWidth.AddWords(
                TWidth.MultiplyBytes(TWidth.UpperBits(weights), input), TWidth.MultiplyBytes(TWidth.UpperBits(others), otherInput));
            first = TWidth.AddWords(first, lower);
            second = TWidth.AddWords(second, upper);
        }
        else if (TFormat.Bits == 4)
        {
            first = TWidth.AddWords(first, TWidth.MultiplyBytes(weights, input));
            second = TWidth.AddWords(second, TWidth.MultiplyBytes(others, otherInput));
        }
        else
        {
            first = TWidth.Add(first, TWidth.MultiplyWords(TWidth.MultiplyBytes(weights, input), 1));
            second = TWidth.Add(second, TWidth.MultiplyWords(TWidth.MultiplyBytes(others, otherInput), 1));
        }
    }

    /// <summary>Widens the products, takes back what the weights' offset adds too much, and adds them to the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloats Add(
        TFloats sum, TInts first, TInts second, TFloats scale, TFloats other, in QuantizedRows inputs, int index)
    {
        int inputSum = inputs.Sums[index];
        if (TFormat.HasHalfScales)
        {
            int halfSum = inputs.HalfSums[index];
            first = TWidth.Add(first, TWidth.Create(halfSum * -TFormat.Offset));
            second = TWidth.Add(second, TWidth.Create((inputSum - halfSum) * -TFormat.Offset));
            return BlockSums<TFormat, TWidth, TFloats, TInts>.Add(sum, first, second, scale, other, inputs.Scales[index], inputSum);
        }

        TInts dot = TFormat.Bits switch
        {
            8 => TWidth.Add(TWidth.MultiplyWords(first, 1), TWidth.MultiplyWords(second, 16)),
            4 => TWidth.MultiplyWords(TWidth.AddWords(first, second), 1),
            _ => TWidth.Add(first, second),
        };
        dot = TWidth.Add(dot, TWidth.Create(inputSum * -TFormat.Offset));
        return BlockSums<TFormat, TWidth, TFloats, TInts>.Add(sum, dot, scale, other, inputs.Scales[index], inputSum);
    }
}
