using Trireme.Inference.Generation;

namespace Trireme.Inference.Sampling;

/// <summary>The ranges of sampling options.</summary>
internal static class SamplingRules
{
    private const int MaxStops = 64;

    /// <summary>What is wrong, naming the field as clients know it; null when all is well.</summary>
    public static string? FirstBreach(SamplingOptions options) => options switch
    {
        { Temperature: not (>= 0 and <= float.MaxValue) } => "temperature must be 0 or more.",
        { TopP: not (> 0 and <= 1) } => "top_p must be above 0 and at most 1.",
        { TopK: < 0 } => "top_k must be 0, which keeps all tokens, or more.",
        { MaxTokens: < 0 } => "max_tokens must be 0 or more.",
        { LogProbabilities: < 0 or > LogProbabilities.MaxAlternatives } =>
            $"logprobs must be between 0 and {LogProbabilities.MaxAlternatives}.",
        { PromptLogProbabilities: < 0 or > LogProbabilities.MaxAlternatives } =>
            $"prompt_logprobs must be between 0 and {LogProbabilities.MaxAlternatives}.",
        { Stop.Count: > MaxStops } => $"stop must hold at most {MaxStops} texts.",
        _ when HasEmpty(options.Stop) => "stop must not hold an empty text.",
        _ => null,
    };

    private static bool HasEmpty(IReadOnlyList<string> stops)
    {
        foreach (string stop in stops)
        {
            if (string.IsNullOrEmpty(stop)) return true;
        }

        return false;
    }
}
