using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Inference.Adapters;
using Trireme.Inference.Caching;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Inference.Kernels;
using Trireme.Inference.Models;
using Trireme.Inference.Speculation;

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
        using PinnedReading? reading = options.Pins?.Begin();
        try
        {
            return Build(modelPath, reading, cancellationToken);
        }
        catch (Exception exception)
        {
            while (_resources.TryPop(out IDisposable? resource)) resource.Dispose();
            // A file that cannot be read because it was changed is said to be changed.
            if (exception is ModelFormatException or EngineStartException) reading?.Complete(cancellationToken);
            throw;
        }
    }

    private InferenceEngine Build(string modelPath, PinnedReading? reading, CancellationToken cancellationToken)
    {
        StoredModel folder = Stage("open", () => Own(StoredModel.Begin(modelPath, options.ChatTemplateFile)), cancellationToken);
        int contextLength = EngineOptionRules.ContextLength(options, folder.Config);
        DecoderWeights weights = Stage("weights", () => Own(LoadWeights(folder)), cancellationToken);
        var model = new LoadedWeights(folder, weights, contextLength);
        LoadedWeights? draft = options.Speculation?.DraftModel is { } draftPath
            ? Stage("draft-model", () => LoadDraft(draftPath, model), cancellationToken)
            : null;
        int blockCount = BlockCount(model, draft);
        KvCache cache = Stage("kv-cache", () => Own(new KvCache(Shape(model), blockCount)), cancellationToken);
        WarmModel warm = Stage("warm-up", () => Warm(model, cache, options.Lora?.MaxRank ?? 0), cancellationToken);
        ResidentModel? residentDraft = draft is null
            ? null
            : Stage("draft-warm-up", () => CreateDraft(draft, blockCount), cancellationToken);
        // Has been read meanwhile; the stage is what was left of it.
        Stage("tokenizer", () => folder.Tokenizer, cancellationToken);
        // What reading left behind would stay until much more is allocated, which serving seldom does.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        AdapterStore? adapters =
            options.Lora is { } lora ? Stage("adapters", () => LoadAdapters(lora, folder.Config), cancellationToken) : null;
        if (reading is not null) Stage("verify", () => Verify(reading, cancellationToken), cancellationToken);
        var resident = Own(new ResidentModel(warm.Parts, cache, warm.Reload, time, adapters));
        (Speculator? speculator, IEngineMemory memory) = CreateSpeculator(resident, residentDraft, draft);
        var limits = new AnswerLimits(contextLength, folder.Tokenizer.EndOfSequence, folder.Config.HiddenSize);
        var engineMetrics = new EngineMetrics(metrics, options.ModelName, time);
        EngineMetrics.DescribeCache(metrics, options, cache.BlockCount);
        var loop =
            new EngineLoop(resident, memory, folder.Tokenizer, limits, options, engineMetrics, _logger, time, adapters, speculator);
        loop.Start();
        IReadOnlyList<ResidentModel> residents = residentDraft is null ? [resident] : [resident, residentDraft];
        LogLoaded(options.ModelName, weights.ParameterCount, cache.BlockCount, contextLength);
        return new InferenceEngine(Describe(folder, weights, contextLength), folder, _stages, loop, residents, adapters, _resources);
    }

    private LoadedWeights LoadDraft(string path, LoadedWeights model)
    {
        StoredModel folder = Own(StoredModel.Open(path));
        DraftVocabulary.Check(model.Folder, folder);
        DecoderWeights weights = Own(LoadWeights(folder));
        // A draft model made for shorter texts drafts as far as it can.
        return new LoadedWeights(folder, weights, Math.Min(model.ContextLength, folder.Config.ContextLength));
    }

    private ResidentModel CreateDraft(LoadedWeights draft, int blockCount)
    {
        KvCache cache = Own(new KvCache(Shape(draft), blockCount));
        // Adapters are the large model's; what is drafted without them is checked with them.
        WarmModel warm = Warm(draft, cache, adapterRankMax: 0);
        return Own(new ResidentModel(warm.Parts, cache, warm.Reload, time, stagePrefix: "wake-draft-"));
    }

    private WarmModel Warm(LoadedWeights model, KvCache cache, int adapterRankMax)
    {
        // Each model has its own threads, because how many of them pay depends on its size.
        ComputeThreads threads = Own(new ComputeThreads(options.Threads, time));
        ForwardPass CreatePass(StoredModel opened, DecoderWeights loaded) =>
            new(opened.Config, loaded, cache, threads, options.MaxBatchedTokens, model.ContextLength, adapterRankMax);
        ForwardPass pass = WarmUp(Own(CreatePass(model.Folder, model.Weights)), model.ContextLength);
        string path = model.Folder.Path;
        return new WarmModel(
            new ModelParts(pass, [model.Folder, model.Weights, pass]), note => Reload(path, CreatePass, model.ContextLength, note));
    }

    private (Speculator? Speculator, IEngineMemory Memory) CreateSpeculator(
        ResidentModel resident, ResidentModel? residentDraft, LoadedWeights? draft)
    {
        if (options.Speculation is not { } speculation) return (null, resident);
        IDrafter drafter = new NgramDrafter(speculation);
        IEngineMemory memory = resident;
        if (residentDraft is not null && draft is not null)
        {
            var model = new ModelDrafter(residentDraft, options, resident.BlockCount, draft.ContextLength, time);
            drafter = model;
            memory = new PairedMemory(resident, residentDraft, model);
        }

        var counters = new SpeculationMetrics(metrics, options.ModelName, speculation.DraftTokensMax);
        return (new Speculator(speculation, options.MaxSequences, drafter, counters), memory);
    }

    /// <summary>Makes what a deep sleep has dropped anew; the files must still be where they were.</summary>
    private ModelParts Reload(
        string modelPath, Func<StoredModel, DecoderWeights, ForwardPass> createPass, int contextLength, Action<string> note)
    {
        using PinnedReading? reading = options.Pins?.Begin();
        using var parts = new PartStack();
        StoredModel folder = parts.Add(StoredModel.Begin(modelPath, options.ChatTemplateFile));
        note("open");
        DecoderWeights weights = parts.Add(LoadWeights(folder));
        note("weights");
        ForwardPass pass = parts.Add(createPass(folder, weights));
        WarmUp(pass, contextLength);
        note("warm-up");
        if (reading is null) return parts.Detach(pass);
        Verify(reading, CancellationToken.None);
        note("verify");
        return parts.Detach(pass);
    }

    private static PinnedReading Verify(PinnedReading reading, CancellationToken cancellationToken)
    {
        reading.Complete(cancellationToken);
        return reading;
    }

    private DecoderWeights LoadWeights(StoredModel folder)
    {
        var wanted = new WeightOptions { Precision = options.Weights, Kernels = _kernels, Threads = options.Threads };
        return new DecoderWeights(folder.Config, folder.Weights, wanted);
    }

    private int BlockCount(LoadedWeights model, LoadedWeights? draft)
    {
        MemoryNeeds needs = Needs(model, options.Lora);
        if (draft is not null) needs = needs.With(Needs(draft, lora: null), Shape(draft));
        long processBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return MemoryPlan.BlockCount(options, Shape(model), model.ContextLength, needs, processBytes);
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

    private MemoryNeeds Needs(LoadedWeights model, LoraOptions? lora) =>
        MemoryNeeds.Of(options with { Lora = lora }, model.Folder.Config, model.Weights);

    private KvCacheShape Shape(LoadedWeights model) => KvCacheShape.Of(options, model.Folder.Config);

    /// <summary>Compiles the kernels and brings the weights into memory before the first request has to wait for either.</summary>
    private ForwardPass WarmUp(ForwardPass model, int contextLength)
    {
        int promptTokens = Math.Min(WarmUpPromptTokens, Math.Min(options.MaxBatchedTokens, contextLength));
        var blocks = new BlockTable();
        // No sequence has blocks yet, and a sequence writes a block before it reads it.
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

    private sealed record LoadedWeights(StoredModel Folder, DecoderWeights Weights, int ContextLength);

    private sealed record WarmModel(ModelParts Parts, Func<Action<string>, ModelParts> Reload);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Loaded {Model} with {Parameters} parameters, {Blocks} key-value blocks and a context of {ContextLength} tokens.")]
    private partial void LogLoaded(string model, long parameters, int blocks, int contextLength);
}
