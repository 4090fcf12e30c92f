using Trireme.Inference.Formats;

namespace Trireme.Inference.Models;

/// <summary>
/// Rotary position embedding (Su et al. 2021): dimension pair i of a head at position p turns by p times frequency i. The angles of a
/// step's tokens are computed once per step and shared by all heads and layers, which needs no table over the whole context.
/// </summary>
internal sealed class RotaryFrequencies
{
    private readonly float[] _frequencies;

    public RotaryFrequencies(RopeConfig rope, int headDimension)
    {
        _frequencies = new float[headDimension / 2];
        for (int i = 0; i < _frequencies.Length; i++)
        {
            double frequency = Math.Pow(rope.Theta, -2.0 * i / headDimension);
            _frequencies[i] = (float)(rope.Llama3 is { } scaling ? Scale(frequency, scaling) : frequency);
        }
    }

    /// <summary>Pairs per head.</summary>
    public int Count => _frequencies.Length;

    /// <summary>Writes one token's cosines and sines.</summary>
    public void Fill(int position, Span<float> cosines, Span<float> sines)
    {
        for (int i = 0; i < _frequencies.Length; i++) (sines[i], cosines[i]) = MathF.SinCos(position * _frequencies[i]);
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
