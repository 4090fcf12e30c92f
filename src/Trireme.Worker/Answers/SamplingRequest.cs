using Trireme.Inference.Generation;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>The sampling fields both completion routes have.</summary>
internal sealed record SamplingRequest
{
    public const int MaxAnswers = 8;
    public const int MaxStops = 16;
    public const int MaxStopLength = 1024;
    public const int MaxAlternatives = 20;

    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    /// <summary>-1 keeps all tokens, as 0 does.</summary>
    public int? TopK { get; init; }

    public long? Seed { get; init; }

    public IReadOnlyList<string>? Stop { get; init; }

    public int? N { get; init; }

    public bool? IgnoreEndOfSequence { get; init; }

    public int? MaxTokens { get; init; }

    public int? LogProbabilities { get; init; }

    public int? PromptLogProbabilities { get; init; }

    /// <summary>The first field out of range, or null.</summary>
    public ApiError? FindProblem()
    {
        if (Temperature is < 0 or > 2) return ApiError.Invalid("temperature", "temperature must be between 0 and 2.");
        if (TopP is <= 0 or > 1) return ApiError.Invalid("top_p", "top_p must be above 0 and at most 1.");
        if (TopK < -1) return ApiError.Invalid("top_k", "top_k must be positive, or 0 or -1 to keep all tokens.");
        if (N is < 1 or > MaxAnswers) return ApiError.Invalid("n", $"n must be between 1 and {MaxAnswers}.");
        return FindStopProblem();
    }

    /// <summary>The request's choices over the model's own.</summary>
    public SamplingOptions Resolve(SamplingOptions defaults) => defaults with
    {
        Temperature = Temperature ?? defaults.Temperature,
        TopP = TopP ?? defaults.TopP,
        TopK = TopK is { } topK ? Math.Max(topK, 0) : defaults.TopK,
        Seed = Seed,
        MaxTokens = MaxTokens,
        Stop = Stop ?? [],
        IgnoreEndOfSequence = IgnoreEndOfSequence ?? false,
        LogProbabilities = LogProbabilities,
        PromptLogProbabilities = PromptLogProbabilities,
    };

    private ApiError? FindStopProblem()
    {
        if (Stop is null) return null;
        if (Stop.Count > MaxStops) return ApiError.Invalid("stop", $"stop may hold at most {MaxStops} texts.");
        foreach (string text in Stop)
        {
            if (text.Length is 0 or > MaxStopLength)
            {
                return ApiError.Invalid("stop", $"Each stop text must have between 1 and {MaxStopLength} characters.");
            }
        }

        return null;
    }
}
