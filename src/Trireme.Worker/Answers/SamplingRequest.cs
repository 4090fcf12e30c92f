using System.Globalization;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>The sampling fields both completion routes have.</summary>
internal sealed record SamplingRequest
{
    /// <summary>OpenAI's limit on n.</summary>
    public const int MaxAnswers = 128;

    public const int MaxStops = 16;
    public const int MaxStopLength = 1024;
    public const int MaxAlternatives = 20;
    public const int MaxStopTokens = 64;

    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    /// <summary>-1 keeps all tokens, as 0 does.</summary>
    public int? TopK { get; init; }

    public float? MinP { get; init; }

    public float? TypicalP { get; init; }

    public float? RepetitionPenalty { get; init; }

    public float? PresencePenalty { get; init; }

    public float? FrequencyPenalty { get; init; }

    /// <summary>By token id as text, as the interface has it.</summary>
    public IReadOnlyDictionary<string, float>? LogitBias { get; init; }

    public long? Seed { get; init; }

    public IReadOnlyList<string>? Stop { get; init; }

    public IReadOnlyList<int>? StopTokens { get; init; }

    public int? MinTokens { get; init; }

    public int? N { get; init; }

    public bool? IgnoreEndOfSequence { get; init; }

    public bool? IncludesStop { get; init; }

    public bool? SkipsSpecialTokens { get; init; }

    public IReadOnlyList<int>? AllowedTokens { get; init; }

    public IReadOnlyList<string>? Forbidden { get; init; }

    public int? MaxTokens { get; init; }

    public int? LogProbabilities { get; init; }

    public int? PromptLogProbabilities { get; init; }

    /// <summary>Special tokens the answer's text shows.</summary>
    public IReadOnlyList<int> ShownSpecialTokens { get; init; } = [];

    public ConstraintRequest Constraint { get; init; } = ConstraintRequest.None;

    /// <summary>What both routes call alike; the others are theirs to add.</summary>
    public static SamplingRequest From(GenerationFields request) => new()
    {
        Temperature = request.Temperature,
        TopP = request.TopP,
        TopK = request.TopK,
        MinP = request.MinP,
        TypicalP = request.TypicalP,
        RepetitionPenalty = request.RepetitionPenalty,
        PresencePenalty = request.PresencePenalty,
        FrequencyPenalty = request.FrequencyPenalty,
        LogitBias = request.LogitBias,
        Seed = request.Seed,
        Stop = request.Stop,
        StopTokens = request.StopTokenIds,
        MinTokens = request.MinTokens,
        N = request.N,
        IgnoreEndOfSequence = request.IgnoreEos,
        IncludesStop = request.IncludeStopStrInOutput,
        SkipsSpecialTokens = request.SkipSpecialTokens,
        AllowedTokens = request.AllowedTokenIds,
        Forbidden = request.BadWords,
        PromptLogProbabilities = request.PromptLogprobs,
        Constraint = ConstraintRequest.Read(request),
    };

    /// <summary>The first field out of range, or null.</summary>
    /// <param name="vocabularySize">Tokens of the model.</param>
    public WorkerError? FindProblem(int vocabularySize)
    {
        if (Temperature is < 0 or > 2) return WorkerError.Invalid("temperature", "temperature must be between 0 and 2.");
        if (TopP is < 0 or > 1) return WorkerError.Invalid("top_p", "top_p must be between 0 and 1.");
        if (TopK < -1) return WorkerError.Invalid("top_k", "top_k must be positive, or 0 or -1 to keep all tokens.");
        if (N is < 1 or > MaxAnswers) return WorkerError.Invalid("n", $"n must be between 1 and {MaxAnswers}.");
        return FindStopProblem()
            ?? FindPenaltyProblem()
            ?? FindBiasProblem(vocabularySize)
            ?? FindTokenProblem(vocabularySize)
            ?? BadWords.FindProblem(Forbidden)
            ?? Constraint.Problem;
    }

    public static WorkerError? FindPromptLogprobsProblem(int? alternatives, bool streams)
    {
        if (alternatives is < 0 or > MaxAlternatives)
        {
            return WorkerError.Invalid("prompt_logprobs", $"prompt_logprobs must be between 0 and {MaxAlternatives}.");
        }

        return alternatives is not null && streams
            ? WorkerError.Invalid("prompt_logprobs", "prompt_logprobs are not part of a stream; leave them out or set stream to false.")
            : null;
    }

    /// <summary>An answer longer than the whole context is a mistake; one that the prompt leaves too little room for ends early.</summary>
    public static WorkerError? FindLengthProblem(int? maxTokens, string field, ModelDescription model) => maxTokens > model.ContextLength
        ? WorkerError.Invalid(
            field,
            $"{field} is {maxTokens}, and the model's context is {model.ContextLength} tokens. Ask for a shorter answer.",
            OpenAiErrorCodes.ContextLengthExceeded)
        : null;

    /// <summary>The request's choices over the model's own.</summary>
    public SamplingOptions Resolve(IInferenceEngine engine, out WorkerError? error)
    {
        error = null;
        SamplingOptions options = Over(engine.Model.DefaultSampling);
        return Forbidden is { Count: > 0 } words
            ? options with { BadSequences = BadWords.Encode(engine.Tokenizer, words, out error) }
            : options;
    }

    private SamplingOptions Over(SamplingOptions defaults) => defaults with
    {
        Temperature = Temperature ?? defaults.Temperature,
        TopP = TopP ?? defaults.TopP,
        TopK = TopK is { } topK ? Math.Max(topK, 0) : defaults.TopK,
        MinP = MinP ?? defaults.MinP,
        TypicalP = TypicalP ?? defaults.TypicalP,
        RepetitionPenalty = RepetitionPenalty ?? defaults.RepetitionPenalty,
        PresencePenalty = PresencePenalty ?? defaults.PresencePenalty,
        FrequencyPenalty = FrequencyPenalty ?? defaults.FrequencyPenalty,
        LogitBias = LogitBias is null ? defaults.LogitBias : LogitBias.ToDictionary(bias => TokenOf(bias.Key) ?? -1, bias => bias.Value),
        Seed = Seed,
        MaxTokens = MaxTokens,
        Stop = Stop ?? [],
        StopTokens = StopTokens ?? [],
        MinTokens = MinTokens ?? 0,
        IgnoreEndOfSequence = IgnoreEndOfSequence ?? false,
        IncludesStop = IncludesStop ?? false,
        ShowsSpecialTokens = SkipsSpecialTokens == false,
        AllowedTokens = AllowedTokens,
        LogProbabilities = LogProbabilities,
        PromptLogProbabilities = PromptLogProbabilities,
        ShownSpecialTokens = ShownSpecialTokens,
        Constraint = Constraint.Constraint,
    };

    private WorkerError? FindPenaltyProblem()
    {
        if (MinP is < 0 or > 1) return WorkerError.Invalid("min_p", "min_p must be between 0 and 1.");
        if (TypicalP is <= 0 or > 1) return WorkerError.Invalid("typical_p", "typical_p must be above 0 and at most 1.");
        if (RepetitionPenalty is <= 0 or > float.MaxValue)
        {
            return WorkerError.Invalid("repetition_penalty", "repetition_penalty must be above 0 and below 3.4e38.");
        }

        if (PresencePenalty is < -2 or > 2) return WorkerError.Invalid("presence_penalty", "presence_penalty must be between -2 and 2.");
        if (FrequencyPenalty is < -2 or > 2) return WorkerError.Invalid("frequency_penalty", "frequency_penalty must be between -2 and 2.");
        return null;
    }

    private WorkerError? FindBiasProblem(int vocabularySize)
    {
        if (LogitBias is null) return null;
        var tokens = new HashSet<int>();
        foreach ((string text, float bias) in LogitBias)
        {
            if (TokenOf(text) is not { } token || token >= vocabularySize)
            {
                return WorkerError.Invalid("logit_bias", TokenIds.KeyRefusal("logit_bias", text, vocabularySize));
            }

            if (!tokens.Add(token)) return WorkerError.Invalid("logit_bias", $"logit_bias names token {token} twice.");
            if (bias is < -100 or > 100) return WorkerError.Invalid("logit_bias", "Each value of logit_bias must be between -100 and 100.");
        }

        return null;
    }

    private WorkerError? FindTokenProblem(int vocabularySize)
    {
        if (StopTokens?.Count > MaxStopTokens)
        {
            return WorkerError.Invalid("stop_token_ids", $"stop_token_ids may hold at most {MaxStopTokens} tokens.");
        }

        if (FindUnknownToken(StopTokens, "stop_token_ids", vocabularySize) is { } stop) return stop;
        if (FindUnknownToken(AllowedTokens, "allowed_token_ids", vocabularySize) is { } allowed) return allowed;

        if (MinTokens < 0) return WorkerError.Invalid("min_tokens", "min_tokens must not be negative.");
        return MinTokens > MaxTokens ? WorkerError.Invalid("min_tokens", "min_tokens must not be above max_tokens.") : null;
    }

    private static WorkerError? FindUnknownToken(IReadOnlyList<int>? tokens, string field, int vocabularySize) =>
        tokens is not null && TokenIds.FindUnknown(tokens, vocabularySize) is var unknown and >= 0
            ? WorkerError.UnknownToken($"{field}[{unknown}]", $"{tokens[unknown]}", vocabularySize)
            : null;

    private static int? TokenOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int token) ? token : null;

    private WorkerError? FindStopProblem()
    {
        if (Stop is null) return null;
        if (Stop.Count > MaxStops) return WorkerError.Invalid("stop", $"stop may hold at most {MaxStops} texts.");
        foreach (string text in Stop)
        {
            if (text.Length is 0 or > MaxStopLength)
            {
                return WorkerError.Invalid("stop", $"Each stop text must have between 1 and {MaxStopLength} characters.");
            }
        }

        return null;
    }
}
