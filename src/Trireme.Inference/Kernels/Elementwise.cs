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

    /// <summary>
    /// gate = gelu(gate) * up with the tanh approximation of Hendrycks and Gimpel 2016, of which 0.5 * (1 + tanh(t)) is the sigmoid of
    /// 2t. Ranges as in <see cref="SwiGlu"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GeGlu(float* gate, float* up, int first, int end, int length)
    {
        // -2 * sqrt(2 / pi), and the same times 0.044715.
        const float Linear = -1.5957691216f;
        const float Cubic = -0.0713548163f;
        var linear = Vector256.Create(Linear);
        var cubic = Vector256.Create(Cubic);
        int i = first;
        for (; i < end && i + Lanes <= length; i += Lanes)
        {
            Vector256<float> value = Vector256.Load(gate + i);
            Vector256<float> exponent = value * Vector256.MultiplyAddEstimate(value * value, cubic, linear);
            (value / (Vector256<float>.One + Vector256.Exp(exponent)) * Vector256.Load(up + i)).Store(gate + i);
        }

        for (; i < end; i++)
        {
            float value = gate[i];
            gate[i] = value / (1 + MathF.Exp(value * ((value * value * Cubic) + Linear))) * up[i];
        }
    }

    /// <summary>values = values * factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float* values, float factor, int length)
    {
        var factors = Vector256.Create(factor);
        int i = 0;
        for (; i <= length - Lanes; i += Lanes) (Vector256.Load(values + i) * factors).Store(values + i);
        for (; i < length; i++) values[i] *= factor;
    }

    /// <summary>values = values * factors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* values, float* factors, int length)
    {
        int i = 0;
        for (; i <= length - Lanes; i += Lanes) (Vector256.Load(values + i) * Vector256.Load(factors + i)).Store(values + i);
        for (; i < length; i++) values[i] *= factors[i];
    }

    /// <summary>values = cap * tanh(values / cap). Ranges as in <see cref="SwiGlu"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SoftCap(float* values, float cap, int first, int end, int length)
    {
        int i = first;
        for (; i < end && i + Lanes <= length; i += Lanes) SoftCap(Vector256.Load(values + i), cap).Store(values + i);
        for (; i < end; i++) values[i] = cap * MathF.Tanh(values[i] / cap);
    }

    /// <summary>
    /// cap * tanh(values / cap), with tanh(x) as 1 - 2 / (exp(2x) + 1): exact at both ends, where the exponential is infinite or zero,
    /// and within a few times 1e-7 of the cap between.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SoftCap(Vector256<float> values, float cap)
    {
        Vector256<float> exponential = Vector256.Exp(values * (2 / cap));
        Vector256<float> complement = Vector256.Create(2f) / (exponential + Vector256<float>.One);
        return (Vector256<float>.One - complement) * cap;
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
