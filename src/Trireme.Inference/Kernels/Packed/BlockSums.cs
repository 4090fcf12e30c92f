using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>Adds what a block gives to the sums of a token's rows, a row per lane, in the order of <see cref="IPackedKernel"/>.</summary>
internal static unsafe class BlockSums
{
    /// <summary>The block's second factors, minimums or the scales of the second half, of the rows whose first begin here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SecondOfEight<TFormat>(byte* factors)
        where TFormat : IPackedFormat =>
        TFormat.HasHalfScales || TFormat.HasMinimums ? PackedFactors.Eight(factors + PackedLayout.FactorBytes) : default;

    /// <summary>The integers of both halves of a block.</summary>
    /// <param name="sum">Sums so far.</param>
    /// <param name="first">Integers of the first half, or part of the block's where halves have no scales.</param>
    /// <param name="second">Integers of the second half, or the rest of the block's.</param>
    /// <param name="scale">The scales.</param>
    /// <param name="other">The second factors, where the format has some.</param>
    /// <param name="inputScale">The token's scale in this block.</param>
    /// <param name="inputSum">The sum of the token's numbers in this block.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add<TFormat>(
        Vector256<float> sum,
        Vector256<int> first,
        Vector256<int> second,
        Vector256<float> scale,
        Vector256<float> other,
        float inputScale,
        int inputSum)
        where TFormat : IPackedFormat => TFormat.HasHalfScales
            ? Add(Add(sum, first, scale, inputScale), second, other, inputScale)
            : Add<TFormat>(sum, first + second, scale, other, inputScale, inputSum);

    /// <summary>The integers of a whole block, or of its second half where halves have scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add<TFormat>(
        Vector256<float> sum, Vector256<int> dot, Vector256<float> scale, Vector256<float> minimum, float inputScale, int inputSum)
        where TFormat : IPackedFormat
    {
        sum = Add(sum, dot, scale, inputScale);
        return TFormat.HasMinimums ? Fma.MultiplyAddNegated(minimum, Vector256.Create(inputScale * inputSum), sum) : sum;
    }

    /// <summary>Integers under one scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> sum, Vector256<int> dot, Vector256<float> scale, float inputScale) =>
        Fma.MultiplyAdd(Avx.ConvertToVector256Single(dot), scale * Vector256.Create(inputScale), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SecondOfSixteen<TFormat>(byte* factors)
        where TFormat : IPackedFormat =>
        TFormat.HasHalfScales || TFormat.HasMinimums ? PackedFactors.Sixteen(factors + PackedLayout.FactorBytes) : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add<TFormat>(
        Vector512<float> sum,
        Vector512<int> first,
        Vector512<int> second,
        Vector512<float> scale,
        Vector512<float> other,
        float inputScale,
        int inputSum)
        where TFormat : IPackedFormat => TFormat.HasHalfScales
            ? Add(Add(sum, first, scale, inputScale), second, other, inputScale)
            : Add<TFormat>(sum, first + second, scale, other, inputScale, inputSum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add<TFormat>(
        Vector512<float> sum, Vector512<int> dot, Vector512<float> scale, Vector512<float> minimum, float inputScale, int inputSum)
        where TFormat : IPackedFormat
    {
        sum = Add(sum, dot, scale, inputScale);
        return TFormat.HasMinimums ? Avx512F.FusedMultiplyAddNegated(minimum, Vector512.Create(inputScale * inputSum), sum) : sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> sum, Vector512<int> dot, Vector512<float> scale, float inputScale) =>
        Avx512F.FusedMultiplyAdd(Avx512F.ConvertToVector512Single(dot), scale * Vector512.Create(inputScale), sum);
}
