using Trireme.Contracts.Resources;
using Trireme.Inference.Formats;
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

    /// <summary>Why the model's own chat template cannot be used; such a model serves completions too.</summary>
    string? ChatTemplateProblem => null;

    /// <summary>What loading took, stage by stage, and after it what the last waking took.</summary>
    IReadOnlyList<StartupStage> Startup { get; }

    /// <summary>Requests computing or waiting.</summary>
    int ActiveRequests { get; }

    /// <summary>Bytes of the cache of keys and values when all of it is in use.</summary>
    long KvCacheBytes { get; }

    /// <summary>Why the engine computes nothing any more; null while it serves.</summary>
    string? Failure => null;

    /// <summary>
    /// Takes a request or refuses it at once. Cancelling the token frees the request's blocks within one engine step.
    /// </summary>
    /// <exception cref="OperationCanceledException">The request was cancelled while its constraint was compiled.</exception>
    SubmitResult Submit(GenerationRequest request, CancellationToken cancellationToken);

    /// <summary>How deep the engine sleeps.</summary>
    SleepLevel SleepLevel { get; }

    /// <summary>The changes of the prefix cache; null unless the engine is configured to keep them.</summary>
    IKvEventLog? KvEvents { get; }

    /// <summary>The adapters requests may name; null unless the engine is configured to take any.</summary>
    IAdapterSet? Adapters { get; }

    /// <summary>
    /// Refuses further requests, ends or waits for those it has, and gives memory back. A deeper level may follow a lighter one, but
    /// not the other way round.
    /// </summary>
    /// <param name="level">What to give back.</param>
    /// <param name="mode">What becomes of the requests it has.</param>
    /// <param name="cancellationToken">Ends the wait for requests; the engine then goes on as before.</param>
    Task SleepAsync(SleepLevel level, SleepMode mode, CancellationToken cancellationToken);

    /// <summary>Takes back what sleep gave up, and serves again. A failure, such as a lack of memory, leaves the engine asleep.</summary>
    Task WakeAsync(CancellationToken cancellationToken);
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

    /// <summary>Dimensions of a text's vector.</summary>
    public int HiddenSize { get; init; }

    /// <summary>How a text's vector is made.</summary>
    public EmbeddingConfig Embedding { get; init; } = new();

    /// <summary>The instructions that multiply packed weights, such as "avxvnni, int4 to int6 avx512".</summary>
    public string? Kernels { get; init; }

    /// <summary>Sampling defaults from generation_config.json.</summary>
    public SamplingOptions DefaultSampling { get; init; } = new();
}
