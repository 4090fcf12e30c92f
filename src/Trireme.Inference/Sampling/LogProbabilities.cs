using Trireme.Inference.Generation;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Sampling;

/// <summary>
/// Log-probabilities of the model itself: before temperature, penalties and any cut. Tokens that a grammar rules out have none, and
/// the others share all of the probability, as in vLLM.
/// </summary>
internal static class LogProbabilities
{
    /// <summary>OpenAI's limit on alternatives.</summary>
    public const int MaxAlternatives = 20;

    /// <summary>The token's log-probability and the best alternatives, the token itself included when it is one of them.</summary>
    public static TokenLogProbability Of(ReadOnlySpan<float> logits, int token, int alternatives)
    {
        float normalizer = Probabilities.LogSumExp(logits);
        Span<int> best = stackalloc int[MaxAlternatives];
        int count = Best(logits, best[..Math.Min(alternatives, Math.Min(MaxAlternatives, logits.Length))]);
        var top = new (int TokenId, float LogProbability)[count];
        for (int i = 0; i < count; i++) top[i] = (best[i], logits[best[i]] - normalizer);
        return new TokenLogProbability(token, logits[token] - normalizer, top) { Rank = 1 + CountAbove(logits, logits[token]) };
    }

    private static int CountAbove(ReadOnlySpan<float> logits, float value)
    {
        int count = 0;
        foreach (float logit in logits) count += logit > value ? 1 : 0;
        return count;
    }

    /// <summary>Keeps a short sorted list; nearly every logit fails its first comparison.</summary>
    private static int Best(ReadOnlySpan<float> logits, Span<int> best)
    {
        if (best.IsEmpty) return 0;
        int count = 0;
        for (int token = 0; token < logits.Length; token++)
        {
            float logit = logits[token];
            if (count == best.Length && logit <= logits[best[^1]]) continue;
            int place = count < best.Length ? count++ : best.Length - 1;
            for (; place > 0 && logits[best[place - 1]] < logit; place--) best[place] = best[place - 1];
            best[place] = token;
        }

        return count;
    }
}
