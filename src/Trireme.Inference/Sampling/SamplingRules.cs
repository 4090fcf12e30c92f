using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Sampling;

/// <summary>The ranges of sampling options.</summary>
internal static class SamplingRules
{
    private const int MaxStops = 64;

    /// <summary>Each is looked at for every token; a word is two, because a space before it makes other tokens.</summary>
    public const int MaxBadSequences = 512;

    /// <summary>OpenAI's limit is 300 where its documentation gives one; a list far longer would cost time at every token.</summary>
    private const int MaxBiases = 1024;

    /// <summary>What is wrong, naming the field as clients know it; null when all is well.</summary>
    public static string? FindProblem(SamplingOptions options) => options switch
    {
        { Temperature: not (>= 0 and <= float.MaxValue) } => "temperature must be 0 or more.",
        { TopP: not (>= 0 and <= 1) } => "top_p must be between 0 and 1.",
        { TopK: < 0 } => "top_k must be 0, which keeps all tokens, or more.",
        { MinP: not (>= 0 and <= 1) } => "min_p must be between 0 and 1.",
        { TypicalP: not (> 0 and <= 1) } => "typical_p must be above 0 and at most 1.",
        { RepetitionPenalty: not (> 0 and <= float.MaxValue) } => "repetition_penalty must be above 0.",
        { PresencePenalty: not (>= -2 and <= 2) } => "presence_penalty must be between -2 and 2.",
        { FrequencyPenalty: not (>= -2 and <= 2) } => "frequency_penalty must be between -2 and 2.",
        { MaxTokens: < 0 } => "max_tokens must be 0 or more.",
        { LogProbabilities: < 0 or > LogProbabilities.MaxAlternatives } =>
            $"logprobs must be between 0 and {LogProbabilities.MaxAlternatives}.",
        { PromptLogProbabilities: < 0 or > LogProbabilities.MaxAlternatives } =>
            $"prompt_logprobs must be between 0 and {LogProbabilities.MaxAlternatives}.",
        { Stop.Count: > MaxStops } => $"stop must hold at most {MaxStops} texts.",
        _ when HasEmpty(options.Stop) => "stop must not hold an empty text.",
        { StopTokens.Count: > MaxStops } => $"stop_token_ids must hold at most {MaxStops} tokens.",
        { AllowedTokens.Count: 0 } => "allowed_token_ids must hold at least one token; leave it out to allow all.",
        { BadSequences.Count: > MaxBadSequences } => $"bad_words must hold at most {MaxBadSequences / 2} texts.",
        _ when HoldsEmpty(options.BadSequences) => "bad_words must not hold an empty text.",
        { MinTokens: < 0 } => "min_tokens must be 0 or more.",
        { MinTokens: var least, MaxTokens: { } most } when least > most => $"min_tokens is {least} but max_tokens only {most}.",
        { LogitBias.Count: > MaxBiases } => $"logit_bias must hold at most {MaxBiases} tokens.",
        _ => null,
    };

    /// <summary>What is wrong with the tokens that options name; null when all are the model's.</summary>
    public static string? FirstUnknownToken(SamplingOptions options, int vocabularySize)
    {
        foreach ((int token, float bias) in options.LogitBias)
        {
            if ((uint)token >= (uint)vocabularySize) return TokenIds.KeyRefusal("logit_bias", $"{token}", vocabularySize);
            if (!(bias >= -100 && bias <= 100)) return $"logit_bias must be between -100 and 100, but is {bias} for token {token}.";
        }

        return FirstUnknown("stop_token_ids", options.StopTokens) ?? FirstUnknown("allowed_token_ids", options.AllowedTokens ?? []);

        string? FirstUnknown(string field, IReadOnlyList<int> tokens) =>
            TokenIds.FindUnknown(tokens, vocabularySize) is var unknown and >= 0
                ? TokenIds.Refusal($"{field}[{unknown}]", $"{tokens[unknown]}", vocabularySize)
                : null;
    }

    private static bool HoldsEmpty(IReadOnlyList<IReadOnlyList<int>> sequences)
    {
        foreach (IReadOnlyList<int> sequence in sequences)
        {
            if (sequence.Count == 0) return true;
        }

        return false;
    }

    private static bool HasEmpty(IReadOnlyList<string> stops)
    {
        foreach (string stop in stops)
        {
            if (string.IsNullOrEmpty(stop)) return true;
        }

        return false;
    }
}
