using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Completions;

/// <summary>What a completion request may ask for.</summary>
internal static class CompletionRules
{
    /// <summary>All answers of a request that is not streamed are held until the last has ended.</summary>
    private const int MaxAnswers = PromptRules.CountMax;

    public static SamplingRequest ReadSampling(CompletionRequest request) => SamplingRequest.From(request) with
    {
        MaxTokens = request.MaxTokens,
        LogProbabilities = request.Logprobs,
        PromptLogProbabilities = Larger(request.PromptLogprobs, request.Echo == true ? request.Logprobs : null),
    };

    /// <summary>The first thing wrong with a request, or null.</summary>
    public static WorkerError? FindProblem(CompletionRequest request, ServedModel model)
    {
        return model.FindNameProblem(request.Model)
            ?? UnsupportedFields.Find(request.Other, UnsupportedFields.OfCompletions)
            ?? UnsupportedFields.Find(request.StreamOptions, request.Stream ?? false)
            ?? PromptRules.FindSaltProblem(request.CacheSalt)
            ?? ReadSampling(request).FindProblem(model.Engine.Model.VocabularySize)
            ?? FindBestOfProblem(request)
            ?? FindCountProblem(request)
            ?? FindLengthProblem(request, model.Engine.Model)
            ?? FindLogprobsProblem(request)
            ?? SamplingRequest.FindPromptLogprobsProblem(request.PromptLogprobs, request.Stream ?? false);
    }

    private static int? Larger(int? left, int? right) => left > right || right is null ? left : right;

    private static WorkerError? FindCountProblem(CompletionRequest request)
    {
        if (PromptRules.FindCountProblem(request.Prompt, "prompt", "prompt") is { } problem) return problem;
        int answers = request.Prompt!.Inputs.Count * (request.BestOf ?? request.N ?? 1);
        return answers > MaxAnswers
            ? WorkerError.Invalid("prompt", $"prompt and n ask for {answers} answers; a request may ask for {MaxAnswers}.")
            : null;
    }

    private static WorkerError? FindBestOfProblem(CompletionRequest request)
    {
        if (request.BestOf is not { } best) return null;
        int answers = request.N ?? 1;
        if (best < answers || best > SamplingRequest.MaxAnswers)
        {
            return WorkerError.Invalid("best_of", $"best_of must be at least n, {answers}, and at most {SamplingRequest.MaxAnswers}.");
        }

        return best > answers && request.Stream == true
            ? WorkerError.Invalid("best_of", "best_of cannot be streamed: the best answer is known when all have ended.")
            : null;
    }

    private static WorkerError? FindLengthProblem(CompletionRequest request, ModelDescription model)
    {
        if (request.MaxTokens is not < 1) return SamplingRequest.FindLengthProblem(request.MaxTokens, "max_tokens", model);
        if (request.MaxTokens < 0) return WorkerError.Invalid("max_tokens", "max_tokens must not be negative.");
        return request.Echo == true
            ? null
            : WorkerError.Invalid("max_tokens", "max_tokens must be at least 1; 0 needs echo to be true, or nothing is left to answer.");
    }

    private static WorkerError? FindLogprobsProblem(CompletionRequest request) =>
        request.Logprobs is < 0 or > SamplingRequest.MaxAlternatives
            ? WorkerError.Invalid("logprobs", $"logprobs must be between 0 and {SamplingRequest.MaxAlternatives}.")
            : null;
}
