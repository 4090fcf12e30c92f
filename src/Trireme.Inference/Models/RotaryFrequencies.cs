using Trireme.Inference.Formats;

namespace Trireme.Inference.Models;

/// <summary>
/// Rotary position embedding (Su et al. 2021): dimension pair i of a head at position p turns by p times frequency i. The angles of a
/// step's tokens are computed once per step and shared by all heads and layers, which needs no table over the whole context.
/// </summary>
internal sealed class RotaryFrequencies
{
    private readonly float[] _frequencies;
    private readonly float _magnitude;

    /// <param name="rope">The model's settings.</param>
    /// <param name="headDimension">Dimensions of a head, of which the first turn.</param>
    /// <param name="contextLength">The longest sequence that is served, which chooses between LongRoPE's factors.</param>
    public RotaryFrequencies(RopeConfig rope, int headDimension, int contextLength)
    {
        int dimensions = rope.Dimensions ?? headDimension;
        IReadOnlyList<double>? divisors = rope.FrequencyDivisors;
        if (rope.LongRope is { } extension)
        {
            divisors = contextLength > extension.OriginalContextLength ? extension.LongFactors : extension.ShortFactors;
        }

        _magnitude = (float)(rope.LongRope?.AttentionFactor ?? 1);
        _frequencies = new float[dimensions / 2];
        for (int i = 0; i < _frequencies.Length; i++)
        {
            double frequency = Math.Pow(rope.Theta, -2.0 * i / dimensions) / (divisors?[i] ?? 1);
            _frequencies[i] = (float)(rope.Llama3 is { } scaling ? Scale(frequency, scaling) : frequency);
        }
    }

    /// <summary>
    /// What Llama 3's scaling divides each frequency by, or the divisors that are given; null where frequencies are as they are.
    /// </summary>
    public static IReadOnlyList<double>? Divisors(RopeConfig rope, int headDimension)
    {
        if (rope.Llama3 is not { } scaling) return rope.FrequencyDivisors;
        int dimensions = rope.Dimensions ?? headDimension;
        var divisors = new double[dimensions / 2];
        for (int i = 0; i < divisors.Length; i++)
        {
            double frequency = Math.Pow(rope.Theta, -2.0 * i / dimensions);
            divisors[i] = frequency / Scale(frequency, scaling);
        }

        return divisors;
    }

    /// <summary>Pairs per head that turn.</summary>
    public int Count => _frequencies.Length;

    /// <summary>Writes one token's cosines and sines.</summary>
    public void Fill(int position, Span<float> cosines, Span<float> sines)
    {
        for (int i = 0; i < _frequencies.Length; i++)
        {
            (float sine, float cosine) = MathF.SinCos(position * _frequencies[i]);
            cosines[i] = cosine * _magnitude;
            sines[i] = sine * _magnitude;
        }
    }

    /// <summary>Llama 3.1's long-context scaling: slow turns are slowed by the factor, fast ones kept, those between blended.</summary>
    private static double Scale(double frequency, Llama3RopeScaling scaling)
    {
        double turns = scaling.OriginalContextLength * frequency / (2 * Math.PI);
        if (turns < scaling.LowFrequencyFactor) return frequency / scaling.Factor;
        if (turns > scaling.HighFrequencyFactor) return frequency;
        double blend = (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return ((1 - blend) * frequency / scaling.Factor) + (blend * frequency);
    }
}
