using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Turns 32 floats into small integers with one scale, by operations that every processor rounds alike. Infinities and NaN give a scale
/// that is not finite either, so that they are seen in the result.
/// </summary>
internal static unsafe class BlockQuantizer
{
    private const int Lanes = 8;
    private const int Int4Offset = 8;

    /// <summary>Blocks that stay below this are zero: the inverse of their scale would not be finite.</summary>
    private const float AmplitudeMin = 1e-36f;

    /// <summary>
    /// For inputs: value ~ number * scale with scale = max|value| / 127 and numbers rounded to the nearest, halves to even.
    /// </summary>
    /// <param name="values">32 values.</param>
    /// <param name="numbers">Takes 32 numbers from -127 to 127.</param>
    /// <param name="sum">The sum of the numbers.</param>
    /// <param name="halfSum">The sum of the first sixteen.</param>
    /// <returns>The scale.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToInt8(float* values, sbyte* numbers, out int sum, out int halfSum)
    {
        float amplitude = Amplitude(values);
        (Vector256<int> first, Vector256<int> second) = Round(values, amplitude > AmplitudeMin ? sbyte.MaxValue / amplitude : 0, numbers);
        halfSum = Vector256.Sum(first);
        sum = Vector256.Sum(first + second);
        return amplitude / sbyte.MaxValue;
    }

    /// <summary>For weights: the scale that <see cref="ToInt8(float*, float, sbyte*)"/> wants, before it is rounded to be stored.</summary>
    /// <param name="values">32 values.</param>
    public static float Int8Scale(float* values) => Amplitude(values) / sbyte.MaxValue;

    /// <summary>The numbers that are nearest under a scale.</summary>
    /// <param name="values">32 values.</param>
    /// <param name="scale">The scale as it is stored.</param>
    /// <param name="numbers">Takes 32 numbers from -127 to 127.</param>
    public static void ToInt8(float* values, float scale, sbyte* numbers) => Round(values, scale == 0 ? 0 : 1 / scale, numbers);

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

        float scale = furthest / -Int4Offset;
        float inverse = MathF.Abs(furthest) > AmplitudeMin ? -Int4Offset / furthest : 0;
        float products = 0, squares = 0;
        for (int i = 0; i < values.Length; i++)
        {
            float number = Math.Clamp(MathF.Round(values[i] * inverse), -8, 7);
            if (float.IsNaN(number)) number = 0;
            numbers[i] = (byte)((int)number + Int4Offset);
            products += number * values[i];
            squares += number * number;
        }

        return squares > 0 && float.IsFinite(products) ? products / squares : scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Amplitude(float* values)
    {
        Vector256<float> first = Vector256.Max(Vector256.Abs(Vector256.Load(values)), Vector256.Abs(Vector256.Load(values + Lanes)));
        values += 2 * Lanes;
        Vector256<float> second = Vector256.Max(Vector256.Abs(Vector256.Load(values)), Vector256.Abs(Vector256.Load(values + Lanes)));
        return Reduction.Max(Vector256.Max(first, second));
    }

    /// <summary>The numbers nearest to values times a factor; returns the sums of corresponding lanes in each half of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<int> First, Vector256<int> Second) Round(float* values, float factor, sbyte* numbers)
    {
        Vector256<int> a = Nearest(values, factor), b = Nearest(values + Lanes, factor);
        Vector256<int> c = Nearest(values + (2 * Lanes), factor), d = Nearest(values + (3 * Lanes), factor);
        Vector256.Narrow(Vector256.Narrow(a, b), Vector256.Narrow(c, d)).Store(numbers);
        return (a + b, c + d);
    }

    /// <summary>A factor whose inverse was rounded to half precision may bring the largest value past the last number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Nearest(float* values, float factor)
    {
        Vector256<float> rounded = Vector256.Round(Vector256.Load(values) * Vector256.Create(factor));
        return Vector256.ConvertToInt32Native(Vector256.Min(Vector256.Max(rounded, Vector256.Create(-127f)), Vector256.Create(127f)));
    }
}
