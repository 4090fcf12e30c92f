using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels;

/// <summary>The parts of a layer that treat each token alone. Which lane computes an element depends on its index only.</summary>
internal static unsafe class Elementwise
{
    private const int Lanes = 8;

    /// <summary>output = input / sqrt(mean(input^2) + epsilon) * weight (Zhang and Sennrich 2019). May run in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RmsNorm(float* input, float* weight, float* output, int length, float epsilon)
    {
        Vector256<float> squares = default;
        int i = 0;
        for (; i <= length - Lanes; i += Lanes)
        {
            Vector256<float> value = Vector256.Load(input + i);
            squares = Vector256.MultiplyAddEstimate(value, value, squares);
        }

        float sum = Reduction.Sum(squares);
        for (; i < length; i++) sum += input[i] * input[i];

        float scale = 1 / MathF.Sqrt((sum / length) + epsilon);
        var scales = Vector256.Create(scale);
        for (i = 0; i <= length - Lanes; i += Lanes)
        {
            (Vector256.Load(input + i) * scales * Vector256.Load(weight + i)).Store(output + i);
        }

        for (; i < length; i++) output[i] = input[i] * scale * weight[i];
    }

    /// <summary>accumulator += addend.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* accumulator, float* addend, int length)
    {
        int i = 0;
        for (; i <= length - Lanes; i += Lanes) (Vector256.Load(accumulator + i) + Vector256.Load(addend + i)).Store(accumulator + i);
        for (; i < length; i++) accumulator[i] += addend[i];
    }

    /// <summary>
    /// gate = gate * sigmoid(gate) * up, the SwiGLU of Shazeer 2020, for the elements from <paramref name="first"/> to
    /// <paramref name="end"/>. Vectors start at multiples of eight whatever the range, so that a split by threads changes nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SwiGlu(float* gate, float* up, int first, int end, int length)
    {
        int i = first;
        for (; i < end && i + Lanes <= length; i += Lanes)
        {
            Vector256<float> value = Vector256.Load(gate + i);
            (value / (Vector256<float>.One + Vector256.Exp(-value)) * Vector256.Load(up + i)).Store(gate + i);
        }

        for (; i < end; i++) gate[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
    }

    /// <summary>Turns one head's dimension pairs (i, i + half) by the given angles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(float* head, float* cosines, float* sines, int half)
    {
        int i = 0;
        for (; i <= half - Lanes; i += Lanes)
        {
            Vector256<float> cosine = Vector256.Load(cosines + i);
            Vector256<float> sine = Vector256.Load(sines + i);
            Vector256<float> low = Vector256.Load(head + i);
            Vector256<float> high = Vector256.Load(head + half + i);
            ((low * cosine) - (high * sine)).Store(head + i);
            ((high * cosine) + (low * sine)).Store(head + half + i);
        }

        for (; i < half; i++)
        {
            float low = head[i];
            float high = head[half + i];
            head[i] = (low * cosines[i]) - (high * sines[i]);
            head[half + i] = (high * cosines[i]) + (low * sines[i]);
        }
    }
}
