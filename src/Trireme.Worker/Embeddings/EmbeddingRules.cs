using Trireme.Contracts.OpenAi;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Embeddings;

/// <summary>What a request for embeddings may ask for.</summary>
internal static class EmbeddingRules
{
    public const string Base64 = "base64";

    /// <summary>OpenAI's limit.</summary>
    private const int MaxTexts = 2048;

    /// <summary>The first thing wrong with a request, or null.</summary>
    public static WorkerError? FindProblem(EmbeddingRequest request, ServedModel served)
    {
        if (served.FindNameProblem(request.Model) is { } unknown) return unknown;
        ModelDescription model = served.Engine.Model;
        if (UnsupportedFields.Find(request.Other, UnsupportedFields.OfEmbeddings) is { } unsupported) return unsupported;
        if (model.Embedding.Problem is { } problem)
        {
            return WorkerError.Invalid("model", $"This model does not embed texts here: {problem}", OpenAiErrorCodes.UnsupportedParameter);
        }

        if (request.EncodingFormat is not (null or "float" or Base64))
        {
            return WorkerError.Invalid("encoding_format", "encoding_format must be float or base64.");
        }

        return FindInputProblem(request.Input) ?? FindDimensionsProblem(request.Dimensions, model);
    }

    /// <summary>What is wrong with one text, or null; said before any other text is computed.</summary>
    public static WorkerError? FindTextProblem(IReadOnlyList<int> tokens, string field, ModelDescription model)
    {
        if (tokens.Count == 0) return WorkerError.Invalid(field, $"{field} is empty; send a text of at least one token.");
        if (tokens.Count > model.ContextLength)
        {
            return WorkerError.Invalid(
                field,
                $"{field} has {tokens.Count} tokens and the model's context is {model.ContextLength}. Send a shorter text, or its parts.",
                OpenAiErrorCodes.ContextLengthExceeded);
        }

        foreach (int token in tokens)
        {
            if ((uint)token < (uint)model.VocabularySize) continue;
            return WorkerError.Invalid(field, $"{field} holds the token {token}; ids run from 0 to {model.VocabularySize - 1}.");
        }

        return null;
    }

    private static WorkerError? FindInputProblem(CompletionPrompt? input)
    {
        if (input is not { Inputs.Count: > 0 }) return WorkerError.Invalid("input", "input must hold at least one text.");
        return input.Inputs.Count > MaxTexts
            ? WorkerError.Invalid("input", $"input may hold at most {MaxTexts} texts; send the others in further requests.")
            : null;
    }

    private static WorkerError? FindDimensionsProblem(int? dimensions, ModelDescription model)
    {
        if (dimensions is not { } wanted || wanted == model.HiddenSize) return null;
        if (wanted < 1 || wanted > model.HiddenSize)
        {
            return WorkerError.Invalid("dimensions", $"dimensions must be between 1 and the model's own {model.HiddenSize}.");
        }

        EmbeddingConfig embedding = model.Embedding;
        if (!embedding.IsMatryoshka)
        {
            return WorkerError.Invalid(
                "dimensions",
                "dimensions is not supported by this model: it was not trained so that its first dimensions are a vector by themselves "
                + $"(config.json has no matryoshka_dimensions). Leave it out or set it to {model.HiddenSize}.",
                OpenAiErrorCodes.UnsupportedParameter);
        }

        return embedding.MatryoshkaDimensions.Count == 0 || embedding.MatryoshkaDimensions.Contains(wanted)
            ? null
            : WorkerError.Invalid("dimensions", $"dimensions must be one of {string.Join(", ", embedding.MatryoshkaDimensions)}.");
    }
}
