using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Inference.Generation;
using Trireme.Inference.Templates;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Engine;

/// <summary>Serves one model from this process on the CPU: one thread runs one continuous batch for all requests.</summary>
public sealed class InferenceEngine : IInferenceEngine
{
    private InferenceEngine() => throw new NotSupportedException();

    public ModelDescription Model => throw new NotSupportedException();

    public ITokenizer Tokenizer => throw new NotSupportedException();

    public ChatTemplate? ChatTemplate => throw new NotSupportedException();

    public IReadOnlyList<StartupStage> Startup => throw new NotSupportedException();

    public int ActiveRequests => throw new NotSupportedException();

    /// <summary>Loads a model folder and starts the engine.</summary>
    /// <exception cref="EngineStartException">The options do not fit the model or the memory.</exception>
    public static Task<InferenceEngine> LoadAsync(
        string modelPath,
        EngineOptions options,
        MetricRegistry metrics,
        ILoggerFactory loggers,
        TimeProvider time,
        CancellationToken cancellationToken) => throw new NotSupportedException();

    public SubmitResult Submit(GenerationRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
