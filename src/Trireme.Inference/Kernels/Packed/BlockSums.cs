using System.Runtime.CompilerServices;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>Adds what a block gives to the sums of a token's rows, a row per lane, in the order of <see cref="IPackedKernel"/>.</summary>
internal static unsafe class BlockSums<TFormat, TWidth, TFloats, TInts>
    where TFormat : IPackedFormat
    where TWidth : IVectorWidth<TFloats, TInts>
    where TFloats : struct
    where TInts : struct
{
    /// <summary>The block's second factors, minimums or the scales of the second half, of the rows whose first begin here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloats Second(byte* factors) =>
        TFormat.HasHalfScales || TFormat.HasMinimums ? TWidth.LoadFactors(factors + PackedLayout.FactorBytes) : default;

    /// <summary>The integers of both halves of a block.</summary>
    /// <param name="sum">Sums so far.</param>
    /// <param name="first">Integers of the first half, or part of the block's where halves have no scales.</param>
    /// <param name="second">Integers of the second half, or the rest of the block's.</param>
    /// <param name="scale">The scales.</param>
    /// <param name="other">The second factors, where the format has some.</param>
    /// <param name="inputScale">The token's scale in this block.</param>
    /// <param name="inputSum">The sum of the token's numbers in this block.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloats Add(TFloats sum, TInts first, TInts second, TFloats scale, TFloats other, float inputScale, int inputSum) =>
        TFormat.HasHalfScales
            ? Add(Add(sum, first, scale, inputScale), second, other, inputScale)
            : Add(sum, TWidth.Add(first, second), scale, other, inputScale, inputSum);

    /// <summary>The integers of a whole block, or of its second half where halves have scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloats Add(TFloats sum, TInts dot, TFloats scale, TFloats minimum, float inputScale, int inputSum)
    {
        sum = Add(sum, dot, scale, inputScale);
        return TFormat.HasMinimums ? TWidth.MultiplyAddNegated(minimum, TWidth.Create(inputScale * inputSum), sum) : sum;
    }

    /// <summary>Integers under one scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloats Add(TFloats sum, TInts dot, TFloats scale, float inputScale) =>
        TWidth.MultiplyAdd(TWidth.ToFloats(dot), TWidth.Multiply(scale, TWidth.Create(inputScale)), sum);
}
