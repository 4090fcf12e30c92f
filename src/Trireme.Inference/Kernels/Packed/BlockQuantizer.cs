using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Turns 32 floats into small integers with one scale, by operations that every processor rounds alike.
/// </summary>
internal static unsafe class BlockQuantizer
{
    private const int Lanes = 8;

    /// <summary>Blocks that stay below this are zero: the inverse of their scale would not be finite.</summary>
    private const float AmplitudeMin = 1e-36f;

    /// <summary>
    /// value ~ number * scale with scale = max|value| / 127 and numbers rounded to the nearest, halves to even. Infinities and NaN
    /// give a scale that is not finite either, so that they are seen in the result.
    /// </summary>
    /// <param name="values">32 values.</param>
    /// <param name="numbers">Takes 32 numbers from -127 to 127.</param>
    /// <param name="wide">Takes the same numbers in 16 bits, or null.</param>
    /// <param name="scale">The scale.</param>
    /// <returns>The sum of the numbers.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ToInt8(float* values, sbyte* numbers, short* wide, out float scale)
    {
        Vector256<float> a = Vector256.Load(values);
        Vector256<float> b = Vector256.Load(values + Lanes);
        Vector256<float> c = Vector256.Load(values + (2 * Lanes));
        Vector256<float> d = Vector256.Load(values + (3 * Lanes));
        float amplitude = Reduction.Max(
            Vector256.Max(Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d))));
        scale = amplitude / sbyte.MaxValue;
        var inverse = Vector256.Create(amplitude > AmplitudeMin ? sbyte.MaxValue / amplitude : 0);
        Vector256<int> ia = Nearest(a * inverse);
        Vector256<int> ib = Nearest(b * inverse);
        Vector256<int> ic = Nearest(c * inverse);
        Vector256<int> id = Nearest(d * inverse);
        Vector256<short> low = Vector256.Narrow(ia, ib);
        Vector256<short> high = Vector256.Narrow(ic, id);
        Vector256.Narrow(low, high).Store(numbers);
        if (wide is not null)
        {
            low.Store(wide);
            high.Store(wide + (2 * Lanes));
        }

        return Vector256.Sum(ia + ib + ic + id);
    }

    /// <summary>
    /// value ~ (number - 8) * scale. The value furthest from zero becomes 0, that is -8 before the offset, as in Q4_0; the scale is
    /// then the one that makes the sum of squared errors least for the numbers found.
    /// </summary>
    /// <param name="values">32 values.</param>
    /// <param name="numbers">Takes 32 numbers from 0 to 15.</param>
    /// <returns>The scale.</returns>
    public static float ToInt4(ReadOnlySpan<float> values, Span<byte> numbers)
    {
        float furthest = 0;
        foreach (float value in values)
        {
            if (MathF.Abs(value) > MathF.Abs(furthest) || float.IsNaN(value)) furthest = value;
        }

        float scale = furthest / -PackedLayout.Int4Offset;
        float inverse = MathF.Abs(furthest) > AmplitudeMin ? -PackedLayout.Int4Offset / furthest : 0;
        float products = 0, squares = 0;
        for (int i = 0; i < values.Length; i++)
        {
            float number = Math.Clamp(MathF.Round(values[i] * inverse), -8, 7);
            if (float.IsNaN(number)) number = 0;
            numbers[i] = (byte)((int)number + PackedLayout.Int4Offset);
            products += number * values[i];
            squares += number * number;
        }

        return squares > 0 && float.IsFinite(products) ? products / squares : scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Nearest(Vector256<float> values) => Vector256.ConvertToInt32(Vector256.Round(values));
}
