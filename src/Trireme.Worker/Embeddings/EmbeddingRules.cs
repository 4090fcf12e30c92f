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

        return PromptRules.FindSaltProblem(request.CacheSalt)
            ?? PromptRules.FindCountProblem(request.Input, "input", "text") ?? FindDimensionsProblem(request.Dimensions, model);
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
