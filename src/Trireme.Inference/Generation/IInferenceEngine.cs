using Trireme.Contracts.Resources;
using Trireme.Inference.Templates;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Generation;

/// <summary>A loaded model that answers many requests in one continuous batch.</summary>
public interface IInferenceEngine : IAsyncDisposable
{
    ModelDescription Model { get; }

    ITokenizer Tokenizer { get; }

    /// <summary>Null for models without a chat template; they serve completions only.</summary>
    ChatTemplate? ChatTemplate { get; }

    /// <summary>What loading took, stage by stage.</summary>
    IReadOnlyList<StartupStage> Startup { get; }

    /// <summary>Requests computing or waiting.</summary>
    int ActiveRequests { get; }

    /// <summary>Why the engine computes nothing any more; null while it serves.</summary>
    string? Failure => null;

    /// <summary>
    /// Takes a request or refuses it at once. Cancelling the token frees the request's blocks within one engine step.
    /// </summary>
    SubmitResult Submit(GenerationRequest request, CancellationToken cancellationToken);
}

/// <summary>What clients may know about a model.</summary>
public sealed record ModelDescription
{
    /// <summary>Architecture, such as "llama".</summary>
    public required string Architecture { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>Longest prompt plus answer in tokens.</summary>
    public required int ContextLength { get; init; }

    public required long ParameterCount { get; init; }

    /// <summary>Sampling defaults from generation_config.json.</summary>
    public SamplingOptions DefaultSampling { get; init; } = new();
}
