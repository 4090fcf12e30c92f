using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Scales and minimums as packed weights keep them: half-precision numbers 1024 times as large as what they stand for. The least half
/// of a file, 2^-24, is then a normal number, so that all below 64 are kept exactly and none needs the slow way in which processors
/// compute with subnormal numbers.
/// </summary>
internal static unsafe class PackedFactors
{
    private const float Magnification = 1024;

    /// <summary>The least normal half: 2^-14. What would be smaller is zero.</summary>
    private const float LeastMagnified = 6.103515625e-5f;

    private const int FractionShift = 13;
    private const int Kept = unchecked((int)0x8FFFE000);

    /// <summary>Half precision's exponent lacks 112 of single precision's, and the magnification is ten too many: 2^102.</summary>
    private const float Rebias = 5.070602400912918e30f;

    /// <summary>Rounds to the nearest; not finite where half precision cannot hold it.</summary>
    public static Half Encode(float factor)
    {
        float magnified = factor * Magnification;
        return MathF.Abs(magnified) < LeastMagnified ? Half.Zero : (Half)magnified;
    }

    public static float Decode(Half factor) => (float)factor / Magnification;

    // .NET has no intrinsic that widens half precision. Sign, exponent and fraction move to their places in a float32, whose exponent
    // multiplying puts right.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Eight(byte* factors)
    {
        Vector256<int> signExtended = Avx2.ConvertToVector256Int32((short*)factors);
        return ((signExtended << FractionShift) & Vector256.Create(Kept)).AsSingle() * Vector256.Create(Rebias);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sixteen(byte* factors)
    {
        Vector512<int> signExtended = Avx512F.ConvertToVector512Int32(Vector256.Load((short*)factors));
        return ((signExtended << FractionShift) & Vector512.Create(Kept)).AsSingle() * Vector512.Create(Rebias);
    }
}
