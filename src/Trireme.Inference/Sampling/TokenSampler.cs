using Trireme.Inference.Generation;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Sampling;

/// <summary>
/// Chooses tokens in vLLM's order: temperature, then the tokens likely enough beside the best, then the k most likely, then the smallest
/// set that reaches p of what is left, then (as in Hugging Face's transformers, since vLLM has none) the locally typical ones, then a
/// draw. Holds scratch for one row of logits, so one instance serves one thread.
/// </summary>
internal sealed class TokenSampler(int vocabularySize)
{
    /// <summary>Below this, dividing by the temperature only adds rounding; vLLM treats it as greedy too.</summary>
    private const float GreedyTemperature = 1e-5f;

    private readonly float[] _adjusted = new float[vocabularySize];
    private readonly float[] _probabilities = new float[vocabularySize];
    private readonly ulong[] _candidates = new ulong[vocabularySize];

    /// <summary>Chooses a token after the request's rules; leaves in the row what the grammar allows.</summary>
    /// <param name="logits">A row of the model's.</param>
    /// <param name="rules">What the request does to it.</param>
    /// <param name="options">How the request draws.</param>
    /// <param name="seed">The answer's.</param>
    /// <param name="position">Tokens of the answer before this one.</param>
    /// <param name="draft">The last of them that are only drafted.</param>
    /// <exception cref="InvalidDataException">The logits hold infinity or no number.</exception>
    public int Sample(
        Span<float> logits, TokenRules rules, SamplingOptions options, long seed, int position, ReadOnlySpan<int> draft = default)
    {
        rules.Restrict(logits, position, draft);
        if (!rules.Adjusts(position)) return Sample(logits, options, seed, position);
        Span<float> adjusted = _adjusted.AsSpan(0, logits.Length);
        logits.CopyTo(adjusted);
        rules.Adjust(adjusted, position);
        // Where the rules leave nothing, such as an end token that comes too early but is all that a grammar allows, the row stands.
        bool isEmpty = float.IsNegativeInfinity(Probabilities.Max(adjusted));
        return Sample(isEmpty ? logits : adjusted, options, seed, position);
    }

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
        // Probabilities are relative to the best, whose own is 1.
        if (options.MinP > 0) total = DropBelow(logits.Length, options.MinP);
        bool limitsCount = options.TopK > 0 && options.TopK < logits.Length;
        bool isTypical = options.TypicalP < 1;
        if (!limitsCount && !isTypical && options.TopP >= 1) return DrawFromAll(logits.Length, uniform * total);

        int wanted = limitsCount ? options.TopK : logits.Length;
        Span<ulong> candidates = Shortlist(logits, largest, options, wanted, total);
        if (limitsCount) total = Mass(candidates);
        candidates = Nucleus(candidates, options.TopP >= 1 ? double.PositiveInfinity : options.TopP * total);
        if (isTypical) candidates = Typical(candidates, options.TypicalP);
        return DrawFromBest(candidates, uniform);
    }

    private double DropBelow(int count, float least)
    {
        double total = 0;
        for (int token = 0; token < count; token++)
        {
            if (_probabilities[token] < least) _probabilities[token] = 0;
            total += _probabilities[token];
        }

        return total;
    }

    /// <summary>
    /// The most likely tokens, best first: at least those that count and mass ask for. Only tokens within a window below the best
    /// are sorted; the window doubles until it holds enough, which nearly always spares sorting the vocabulary.
    /// </summary>
    private Span<ulong> Shortlist(ReadOnlySpan<float> logits, float largest, SamplingOptions options, int wanted, double total)
    {
        for (float window = 4; ; window *= 2)
        {
            float threshold = window <= 64 ? largest - (window * options.Temperature) : float.NegativeInfinity;
            int count = 0;
            double mass = 0;
            for (int token = 0; token < logits.Length; token++)
            {
                if (logits[token] < threshold || _probabilities[token] == 0) continue;
                _candidates[count++] = Key(logits[token], token);
                mass += _probabilities[token];
            }

            bool enough = count >= wanted || (wanted == logits.Length && options.TopP < 1 && mass >= options.TopP * total);
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

    private Span<ulong> Nucleus(Span<ulong> candidates, double wanted)
    {
        double mass = 0;
        int kept = 0;
        while (kept < candidates.Length && (kept == 0 || mass < wanted)) mass += _probabilities[Token(candidates[kept++])];
        return candidates[..kept];
    }

    /// <summary>
    /// Sorts by the distance of a token's surprise from the entropy, and keeps the nearest until their probabilities reach a sum. The
    /// token that reaches it is kept.
    /// </summary>
    private Span<ulong> Typical(Span<ulong> candidates, float wanted)
    {
        double mass = Mass(candidates);
        double entropy = 0;
        foreach (ulong candidate in candidates)
        {
            double probability = _probabilities[Token(candidate)] / mass;
            if (probability > 0) entropy -= probability * Math.Log(probability);
        }

        for (int i = 0; i < candidates.Length; i++)
        {
            int token = Token(candidates[i]);
            double surprise = -Math.Log(_probabilities[token] / mass);
            candidates[i] = Key(-(float)Math.Abs(surprise - entropy), token);
        }

        candidates.Sort();
        return Nucleus(candidates, wanted * mass);
    }

    private int DrawFromBest(ReadOnlySpan<ulong> candidates, double uniform)
    {
        double target = uniform * Mass(candidates);
        double reached = 0;
        foreach (ulong candidate in candidates)
        {
            reached += _probabilities[Token(candidate)];
            if (reached > target) return Token(candidate);
        }

        // Rounding can leave the sum a hair below the target.
        return Token(candidates[^1]);
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
