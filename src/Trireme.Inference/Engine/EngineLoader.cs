using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Inference.Adapters;
using Trireme.Inference.Caching;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Inference.Kernels;
using Trireme.Inference.Models;

namespace Trireme.Inference.Engine;

/// <summary>Builds an engine stage by stage and notes what each stage took.</summary>
internal sealed partial class EngineLoader(EngineOptions options, MetricRegistry metrics, ILoggerFactory loggers, TimeProvider time)
{
    private const int WarmUpPromptTokens = 8;
    private const int WarmUpDecodeSteps = 2;

    private readonly ILogger _logger = loggers.CreateLogger<InferenceEngine>();
    private readonly KernelChoice _kernels = KernelChoice.FromEnvironment();
    private readonly List<StartupStage> _stages = [];
    private readonly Stack<IDisposable> _resources = new();

    public InferenceEngine Load(string modelPath, CancellationToken cancellationToken)
    {
        EngineOptionRules.Check(options);
        try
        {
            return Build(modelPath, cancellationToken);
        }
        catch
        {
            while (_resources.TryPop(out IDisposable? resource)) resource.Dispose();
            throw;
        }
    }

    private InferenceEngine Build(string modelPath, CancellationToken cancellationToken)
    {
        StoredModel folder = Stage("open", () => Own(StoredModel.Begin(modelPath)), cancellationToken);
        int contextLength = EngineOptionRules.ContextLength(options, folder.Config);
        DecoderWeights weights = Stage("weights", () => Own(LoadWeights(folder)), cancellationToken);
        KvCache cache = Stage("kv-cache", () => Own(CreateCache(folder.Config, weights, contextLength)), cancellationToken);
        ComputeThreads threads = Own(new ComputeThreads(options.Threads, time));
        ForwardPass CreatePass(StoredModel opened, DecoderWeights loaded) =>
            new(opened.Config, loaded, cache, threads, options.MaxBatchedTokens, contextLength, options.Lora?.MaxRank ?? 0);
        ForwardPass pass = Own(CreatePass(folder, weights));
        Stage("warm-up", () => WarmUp(pass, contextLength), cancellationToken);
        // Has been read meanwhile; the stage is what was left of it.
        Stage("tokenizer", () => folder.Tokenizer, cancellationToken);
        var parts = new ModelParts(pass, [folder, weights, pass]);
        AdapterStore? adapters =
            options.Lora is { } lora ? Stage("adapters", () => LoadAdapters(lora, folder.Config), cancellationToken) : null;
        var resident =
            Own(new ResidentModel(parts, cache, note => Reload(modelPath, CreatePass, contextLength, note), time, adapters));
        var limits = new AnswerLimits(contextLength, folder.Tokenizer.EndOfSequence, folder.Config.HiddenSize);
        var engineMetrics = new EngineMetrics(metrics, options.ModelName, time);
        EngineMetrics.DescribeCache(metrics, options, cache.BlockCount);
        var loop = new EngineLoop(resident, resident, folder.Tokenizer, limits, options, engineMetrics, _logger, time, adapters);
        loop.Start();
        LogLoaded(options.ModelName, weights.ParameterCount, cache.BlockCount, contextLength);
        return new InferenceEngine(Describe(folder, weights, contextLength), folder, _stages, loop, resident, adapters, _resources);
    }

    /// <summary>Makes what a deep sleep has dropped anew; the files must still be where they were.</summary>
    private ModelParts Reload(
        string modelPath, Func<StoredModel, DecoderWeights, ForwardPass> createPass, int contextLength, Action<string> note)
    {
        using var parts = new PartStack();
        StoredModel folder = parts.Add(StoredModel.Begin(modelPath));
        note("open");
        DecoderWeights weights = parts.Add(LoadWeights(folder));
        note("weights");
        ForwardPass pass = parts.Add(createPass(folder, weights));
        WarmUp(pass, contextLength);
        note("warm-up");
        return parts.Detach(pass);
    }

    private DecoderWeights LoadWeights(StoredModel folder)
    {
        var wanted = new WeightOptions { Precision = options.Weights, Kernels = _kernels, Threads = options.Threads };
        return new DecoderWeights(folder.Config, folder.Weights, wanted);
    }

    private KvCache CreateCache(ModelConfig config, DecoderWeights weights, int contextLength)
    {
        var shape = KvCacheShape.Of(options, config);
        var needs = MemoryNeeds.Of(options, config, weights);
        long processBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new KvCache(shape, MemoryPlan.BlockCount(options, shape, contextLength, needs, processBytes));
    }

    private AdapterStore LoadAdapters(LoraOptions lora, ModelConfig config)
    {
        var gauge = new AdapterMetrics(metrics, options.ModelName, lora.MaxAdapters, time);
        AdapterStore adapters = Own(new AdapterStore(config, options.ModelName, lora, gauge, time));
        foreach ((string name, string path) in lora.Adapters)
        {
            AdapterResult result = adapters.Load(name, path, replace: false);
            if (result.Error is not null) throw new EngineStartException($"The adapter '{name}' cannot be loaded. {result.Message}");
        }

        return adapters;
    }

    /// <summary>Compiles the kernels and brings the weights into memory before the first request has to wait for either.</summary>
    private ForwardPass WarmUp(ForwardPass model, int contextLength)
    {
        int promptTokens = Math.Min(WarmUpPromptTokens, Math.Min(options.MaxBatchedTokens, contextLength));
        var blocks = new BlockTable();
        // No sequence has blocks yet, and whoever gets these writes before it reads.
        for (int i = 0; i < (promptTokens + options.BlockSize - 1) / options.BlockSize; i++) blocks.Add(i);
        var batch = new BatchPlan(options.MaxBatchedTokens);
        Span<int> tokens = stackalloc int[promptTokens];
        tokens.Clear();
        batch.Add(tokens, firstPosition: 0, blocks, outputs: 1);
        model.Run(batch);
        for (int i = 0; i < WarmUpDecodeSteps; i++)
        {
            batch.Clear();
            batch.Add(tokens[..1], promptTokens - 1, blocks, outputs: 1);
            model.Run(batch);
            model.Logits(0, 1);
        }

        return model;
    }

    private ModelDescription Describe(StoredModel folder, DecoderWeights weights, int contextLength)
    {
        GenerationConfig generation = folder.Generation;
        return new ModelDescription
        {
            Architecture = folder.Config.Architecture,
            VocabularySize = folder.Config.VocabularySize,
            ContextLength = contextLength,
            HiddenSize = folder.Config.HiddenSize,
            ParameterCount = weights.ParameterCount,
            Embedding = Override(folder.Embedding),
            Kernels = _kernels.Name,
            DefaultSampling = new SamplingOptions
            {
                Temperature = generation.DoSample == false ? 0 : generation.Temperature ?? 1,
                TopP = generation.TopP ?? 1,
                TopK = generation.TopK ?? 0,
                MinP = generation.MinP ?? 0,
                // Some files write 0 for a setting that is not used.
                TypicalP = generation.TypicalP is { } typical and > 0 ? typical : 1,
                RepetitionPenalty = generation.RepetitionPenalty is { } penalty and > 0 ? penalty : 1,
            },
        };
    }

    /// <summary>Who chooses a pooling knows better than the files, of whose problems it leaves those of other steps.</summary>
    private EmbeddingConfig Override(EmbeddingConfig embedding) => options.Pooling is { } pooling
        ? embedding with { Pooling = pooling, PoolingProblem = null }
        : embedding;

    private T Stage<T>(string name, Func<T> run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long started = time.GetTimestamp();
        T result = run();
        _stages.Add(new StartupStage { Stage = name, Seconds = time.GetElapsedTime(started).TotalSeconds });
        return result;
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _resources.Push(resource);
        return resource;
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Loaded {Model} with {Parameters} parameters, {Blocks} key-value blocks and a context of {ContextLength} tokens.")]
    private partial void LogLoaded(string model, long parameters, int blocks, int contextLength);
}
