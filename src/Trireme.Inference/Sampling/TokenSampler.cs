using Trireme.Inference.Generation;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Sampling;

/// <summary>
/// Chooses tokens: temperature, then the k most likely, then the smallest set that reaches p of what is left, then a draw. Holds
/// scratch for one row of logits, so one instance serves one thread.
/// </summary>
internal sealed class TokenSampler(int vocabularySize)
{
    /// <summary>Below this, dividing by the temperature only adds rounding; vLLM treats it as greedy too.</summary>
    private const float GreedyTemperature = 1e-5f;

    private readonly float[] _probabilities = new float[vocabularySize];
    private readonly ulong[] _candidates = new ulong[vocabularySize];

    /// <summary>Chooses the token for the <paramref name="position"/>-th draw of a seed.</summary>
    /// <exception cref="InvalidDataException">The logits hold infinity or no number.</exception>
    public int Sample(ReadOnlySpan<float> logits, SamplingOptions options, long seed, int position)
    {
        float largest = Probabilities.Max(logits);
        if (!float.IsFinite(largest)) throw new InvalidDataException("The model computed logits that are not finite.");
        if (options.Temperature < GreedyTemperature) return Probabilities.ArgMax(logits);

        double uniform = CounterRandom.Uniform(seed, position);
        float scale = 1 / options.Temperature;
        double total = Probabilities.Exponentiate(logits, largest, scale, _probabilities);
        bool limitsCount = options.TopK > 0 && options.TopK < logits.Length;
        if (!limitsCount && options.TopP >= 1) return DrawFromAll(logits.Length, uniform * total);

        int wanted = limitsCount ? options.TopK : logits.Length;
        ReadOnlySpan<ulong> candidates = Shortlist(logits, largest, options, wanted, total);
        if (limitsCount) total = Mass(candidates);
        return DrawFromBest(candidates, options.TopP * total, uniform);
    }

    /// <summary>
    /// The most likely tokens, best first: at least those that count and mass ask for. Only tokens within a window below the best
    /// are sorted; the window doubles until it holds enough, which nearly always spares sorting the vocabulary.
    /// </summary>
    private ReadOnlySpan<ulong> Shortlist(ReadOnlySpan<float> logits, float largest, SamplingOptions options, int wanted, double total)
    {
        for (float window = 4; ; window *= 2)
        {
            float threshold = window <= 64 ? largest - (window * options.Temperature) : float.NegativeInfinity;
            int count = 0;
            double mass = 0;
            for (int token = 0; token < logits.Length; token++)
            {
                if (logits[token] < threshold) continue;
                _candidates[count++] = Key(logits[token], token);
                mass += _probabilities[token];
            }

            bool enough = count >= wanted || (wanted == logits.Length && mass >= options.TopP * total);
            if (!enough && float.IsFinite(threshold)) continue;
            Span<ulong> candidates = _candidates.AsSpan(0, count);
            candidates.Sort();
            return candidates[..Math.Min(count, wanted)];
        }
    }

    private double Mass(ReadOnlySpan<ulong> candidates)
    {
        double mass = 0;
        foreach (ulong candidate in candidates) mass += _probabilities[Token(candidate)];
        return mass;
    }

    private int DrawFromAll(int count, double target)
    {
        double reached = 0;
        int last = 0;
        for (int token = 0; token < count; token++)
        {
            if (_probabilities[token] == 0) continue;
            last = token;
            reached += _probabilities[token];
            if (reached > target) return token;
        }

        // Rounding can leave the sum a hair below the target.
        return last;
    }

    private int DrawFromBest(ReadOnlySpan<ulong> candidates, double keptMass, double uniform)
    {
        double mass = 0;
        int kept = 0;
        while (kept < candidates.Length && (kept == 0 || mass < keptMass)) mass += _probabilities[Token(candidates[kept++])];

        double target = uniform * mass;
        double reached = 0;
        for (int i = 0; i < kept; i++)
        {
            reached += _probabilities[Token(candidates[i])];
            if (reached > target) return Token(candidates[i]);
        }

        return Token(candidates[kept - 1]);
    }

    /// <summary>Sorts by falling logit, then by rising token: plain integers, so that sorting needs no comparer.</summary>
    private static ulong Key(float logit, int token)
    {
        uint bits = BitConverter.SingleToUInt32Bits(logit);
        uint rising = (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
        return ((ulong)~rising << 32) | (uint)token;
    }

    private static int Token(ulong key) => (int)(uint)key;
}
