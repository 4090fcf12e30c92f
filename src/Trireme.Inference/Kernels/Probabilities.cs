using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels;

/// <summary>What sampling asks of a row of logits.</summary>
internal static class Probabilities
{
    private const int Lanes = 8;

    /// <summary>The first index of the largest value. The row must hold numbers only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int ArgMax(ReadOnlySpan<float> values)
    {
        float largest = Max(values);
        ref float first = ref MemoryMarshal.GetReference(values);
        var wanted = Vector256.Create(largest);
        int i = 0;
        while (i <= values.Length - Lanes && !Vector256.EqualsAny(Vector256.LoadUnsafe(ref first, (nuint)i), wanted)) i += Lanes;
        while (i < values.Length && values[i] != largest) i++;
        Debug.Assert(i < values.Length, "A row of logits holds a value that is not a number.");
        return i;
    }

    /// <summary>The largest value. A NaN anywhere makes the result NaN, so that a broken row never passes for a good one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max(ReadOnlySpan<float> values)
    {
        ref float first = ref MemoryMarshal.GetReference(values);
        var lanes = Vector256.Create(float.NegativeInfinity);
        int i = 0;
        for (; i <= values.Length - Lanes; i += Lanes) lanes = Vector256.Max(lanes, Vector256.LoadUnsafe(ref first, (nuint)i));
        float largest = Reduction.Max(lanes);
        for (; i < values.Length; i++) largest = MathF.Max(largest, values[i]);
        return largest;
    }

    /// <summary>The natural logarithm of the sum of exponentials, so that value - result is the log-softmax.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float LogSumExp(ReadOnlySpan<float> values)
    {
        float largest = Max(values);
        ref float first = ref MemoryMarshal.GetReference(values);
        var shift = Vector256.Create(largest);
        Vector256<double> low = default, high = default;
        int i = 0;
        for (; i <= values.Length - Lanes; i += Lanes)
        {
            Vector256<float> terms = Vector256.Exp(Vector256.LoadUnsafe(ref first, (nuint)i) - shift);
            low += Vector256.WidenLower(terms);
            high += Vector256.WidenUpper(terms);
        }

        double sum = Vector256.Sum(low + high);
        for (; i < values.Length; i++) sum += MathF.Exp(values[i] - largest);
        return largest + (float)Math.Log(sum);
    }

    /// <summary>probabilities = exp((values - largest) * scale), not normalised; returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Exponentiate(ReadOnlySpan<float> values, float largest, float scale, Span<float> probabilities)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(probabilities.Length, values.Length, nameof(probabilities));
        ref float source = ref MemoryMarshal.GetReference(values);
        ref float target = ref MemoryMarshal.GetReference(probabilities);
        var shift = Vector256.Create(largest);
        var scales = Vector256.Create(scale);
        Vector256<double> low = default, high = default;
        int i = 0;
        for (; i <= values.Length - Lanes; i += Lanes)
        {
            Vector256<float> terms = Vector256.Exp((Vector256.LoadUnsafe(ref source, (nuint)i) - shift) * scales);
            terms.StoreUnsafe(ref target, (nuint)i);
            low += Vector256.WidenLower(terms);
            high += Vector256.WidenUpper(terms);
        }

        double sum = Vector256.Sum(low + high);
        for (; i < values.Length; i++)
        {
            probabilities[i] = MathF.Exp((values[i] - largest) * scale);
            sum += probabilities[i];
        }

        return sum;
    }
}
