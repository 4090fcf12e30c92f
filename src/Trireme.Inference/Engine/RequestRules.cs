using Trireme.Inference.Generation;
using Trireme.Inference.Sampling;

namespace Trireme.Inference.Engine;

/// <summary>What a request must satisfy before it may wait.</summary>
internal static class RequestRules
{
    /// <summary>The reason to refuse a request, or null.</summary>
    public static SubmitResult? Check(GenerationRequest request, int vocabularySize, int contextLength)
    {
        IReadOnlyList<int> prompt = request.PromptTokens;
        if (prompt.Count == 0) return Refuse(SubmitError.InvalidPrompt, "The prompt is empty; send at least one token.");
        for (int i = 0; i < prompt.Count; i++)
        {
            if ((uint)prompt[i] < (uint)vocabularySize) continue;
            return Refuse(
                SubmitError.InvalidPrompt,
                $"Token {prompt[i]} at index {i} of the prompt is outside the vocabulary, which ends at {vocabularySize - 1}.");
        }

        if (SamplingRules.FirstBreach(request.Sampling) is { } breach) return Refuse(SubmitError.InvalidSampling, breach);

        int answer = request.Sampling.MaxTokens ?? 1;
        if (prompt.Count + (long)answer <= contextLength) return null;
        return Refuse(
            SubmitError.ContextLengthExceeded,
            $"The model's context is {contextLength} tokens; the prompt has {prompt.Count} and the answer asks for {answer}. "
            + "Shorten the prompt or lower max_tokens.");
    }

    public static SubmitResult Refuse(SubmitError error, string message) => new(Events: null, error, message);
}
