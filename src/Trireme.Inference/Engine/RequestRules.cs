using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Inference.Grammars.Matching;
using Trireme.Inference.Sampling;

namespace Trireme.Inference.Engine;

/// <summary>What a request must satisfy before it may wait.</summary>
internal static class RequestRules
{
    /// <summary>OpenAI's limit on n.</summary>
    public const int MaxAnswers = 128;

    private const int MaxTenantLength = 256;
    private const double MinWeight = 0.001;
    private const double MaxWeight = 1000;

    /// <summary>The reason to refuse a request, or null.</summary>
    public static SubmitResult? Check(GenerationRequest request, int vocabularySize, AnswerLimits limits)
    {
        IReadOnlyList<int> prompt = request.PromptTokens;
        if (prompt.Count == 0) return Refuse(SubmitError.InvalidPrompt, "The prompt is empty; send at least one token.");
        if (TokenIds.FindUnknown(prompt, vocabularySize) is var unknown and >= 0)
        {
            return Refuse(
                SubmitError.InvalidPrompt, TokenIds.Refusal($"The prompt's token {unknown}", $"{prompt[unknown]}", vocabularySize));
        }

        if (FindProblem(request) is { } invalid) return Refuse(SubmitError.InvalidRequest, invalid);
        if (request.Embedding is { } embedding) return CheckEmbedding(embedding, prompt.Count, limits);
        string? problem = SamplingRules.FindProblem(request.Sampling) ?? SamplingRules.FirstUnknownToken(request.Sampling, vocabularySize);
        if (problem is not null) return Refuse(SubmitError.InvalidSampling, problem);

        int answer = request.Sampling.MaxTokens ?? 1;
        if (prompt.Count + (long)answer <= limits.ContextLength) return null;
        return Refuse(
            SubmitError.ContextLengthExceeded,
            $"The model's context is {limits.ContextLength} tokens; the prompt has {prompt.Count} and the answer asks for {answer}. "
            + "Shorten the prompt or lower max_tokens.");
    }

    /// <summary>The reason to refuse a constrained request whose shortest answer is longer than it may be, or null.</summary>
    public static SubmitResult? CheckConstraint(CompiledGrammar grammar, SamplingOptions sampling, int answerMax)
    {
        // Without an answer there is nothing to constrain, and a prompt over the context is refused as such.
        if (answerMax <= 0 || sampling.MaxTokens == 0 || grammar.ShortestTokens <= answerMax) return null;
        return Refuse(
            SubmitError.InvalidConstraint,
            $"The shortest answer the constraint allows takes {grammar.ShortestTokens} tokens, but max_tokens and the context leave "
            + $"{answerMax}. Raise max_tokens to at least {grammar.ShortestTokens} or loosen the constraint.");
    }

    private static SubmitResult? CheckEmbedding(EmbeddingOptions embedding, int tokens, AnswerLimits limits)
    {
        if (embedding.Dimensions is { } dimensions && (dimensions < 1 || dimensions > limits.HiddenSize))
        {
            return Refuse(
                SubmitError.InvalidRequest, $"dimensions is {dimensions}; it must be between 1 and the model's own {limits.HiddenSize}.");
        }

        return tokens <= limits.ContextLength
            ? null
            : Refuse(
                SubmitError.ContextLengthExceeded,
                $"The model's context is {limits.ContextLength} tokens and the text has {tokens}. Send a shorter one, or its parts.");
    }

    private static string? FindProblem(GenerationRequest request) => request switch
    {
        { Choices: < 1 or > MaxAnswers } => $"n must be between 1 and {MaxAnswers}.",
        { BestOf: { } best } when best < request.Choices || best > MaxAnswers =>
            $"best_of must be at least n, {request.Choices}, and at most {MaxAnswers}.",
        { Weight: not (>= MinWeight and <= MaxWeight) } => $"The tenant's weight must be between {MinWeight} and {MaxWeight}.",
        { Tenant.Length: > MaxTenantLength } => $"The tenant's name must have at most {MaxTenantLength} characters.",
        _ => null,
    };

    public static SubmitResult Refuse(SubmitError error, string message) => new(Events: null, error, message);
}
