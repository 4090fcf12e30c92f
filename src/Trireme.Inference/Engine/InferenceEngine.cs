using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Inference.Adapters;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Inference.Grammars;
using Trireme.Inference.Grammars.Matching;
using Trireme.Inference.Templates;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Engine;

/// <summary>Serves one model from this process on the CPU: one thread runs one continuous batch for all requests.</summary>
public sealed class InferenceEngine : IInferenceEngine
{
    private readonly IReadOnlyList<StartupStage> _startup;
    private readonly EngineLoop _loop;
    private readonly IReadOnlyList<ResidentModel> _residents;
    private readonly ConstraintCompiler _constraints;
    private readonly Stack<IDisposable> _resources;

    internal InferenceEngine(
        ModelDescription model,
        StoredModel folder,
        IReadOnlyList<StartupStage> startup,
        EngineLoop loop,
        IReadOnlyList<ResidentModel> residents,
        AdapterStore? adapters,
        Stack<IDisposable> resources)
    {
        Model = model;
        Tokenizer = folder.Tokenizer;
        ChatTemplate = folder.ChatTemplate;
        ChatTemplateProblem = folder.ChatTemplateProblem;
        _startup = startup;
        _loop = loop;
        _constraints = new ConstraintCompiler(folder.Tokenizer, model.VocabularySize);
        _residents = residents;
        Adapters = adapters;
        _resources = resources;
    }

    public ModelDescription Model { get; }

    public ITokenizer Tokenizer { get; }

    public ChatTemplate? ChatTemplate { get; }

    public string? ChatTemplateProblem { get; }

    public IReadOnlyList<StartupStage> Startup => [.. _startup, .. _residents.SelectMany(static resident => resident.LastWake)];

    public int ActiveRequests => _loop.ActiveRequests;

    public long KvCacheBytes => _residents.Sum(static resident => resident.KvCacheBytes);

    public string? Failure => _loop.Failure;

    public SleepLevel SleepLevel => _loop.SleepLevel;

    public IKvEventLog? KvEvents => _loop.Events;

    public IAdapterSet? Adapters { get; }

    /// <summary>Loads a model folder or a GGUF file and starts the engine.</summary>
    /// <exception cref="EngineStartException">The options do not fit the model or the memory.</exception>
    /// <exception cref="ModelFormatException">A model file is missing, malformed or of a kind this engine does not run.</exception>
    public static Task<InferenceEngine> LoadAsync(
        string modelPath,
        EngineOptions options,
        MetricRegistry metrics,
        ILoggerFactory loggers,
        TimeProvider time,
        CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () => new EngineLoader(options, metrics, loggers, time).Load(modelPath, cancellationToken),
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    public SubmitResult Submit(GenerationRequest request, CancellationToken cancellationToken)
    {
        if (request.Sampling.Constraint is not { } constraint) return _loop.Submit(request, cancellationToken);
        try
        {
            CompiledGrammar grammar = _constraints.Compile(constraint, cancellationToken);
            int answerMax = Math.Min(request.Sampling.MaxTokens ?? int.MaxValue, Model.ContextLength - request.PromptTokens.Count);
            if (RequestRules.CheckConstraint(grammar, request.Sampling, answerMax) is { } refusal) return refusal;
            return _loop.Submit(request with { Grammar = grammar }, cancellationToken);
        }
        catch (GrammarException exception)
        {
            return RequestRules.Refuse(SubmitError.InvalidConstraint, exception.Message);
        }
    }

    public Task SleepAsync(SleepLevel level, SleepMode mode, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)level, (int)SleepLevel.Awake, nameof(level));
        return _loop.SleepAsync(level, mode, cancellationToken);
    }

    public Task WakeAsync(CancellationToken cancellationToken) =>
        _loop.SleepAsync(SleepLevel.Awake, SleepMode.Abort, cancellationToken);

    /// <summary>Ends the requests that still run with an error, stops the thread and gives the memory back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        while (_resources.TryPop(out IDisposable? resource)) resource.Dispose();
    }
}
