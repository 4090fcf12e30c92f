using Trireme.Contracts.Metrics;
using Trireme.Inference.Adapters;
using Trireme.Inference.Caching;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Inference.Speculation;
using Trireme.Inference.Tests.Engine;
using Trireme.Inference.Tests.Models;

namespace Trireme.Inference.Tests.Adapters;

/// <summary>An engine loop over a small real model that takes adapters.</summary>
internal sealed class AdapterBench : IAsyncDisposable
{
    private const int Blocks = 128;

    private readonly SyntheticModel _model = new(SyntheticModel.Awkward, "BF16", seed: 8);
    private readonly ForwardBench _forward;
    private readonly ForwardBench? _draft;
    private readonly LoopBench _loop;
    private readonly List<AdapterFolder> _folders = [];

    /// <param name="options">The limits of adapters.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="speculation">Where drafts come from; a draft model is the model itself, which knows no adapters then.</param>
    public AdapterBench(LoraOptions? options = null, int threads = 1, SpeculationOptions? speculation = null)
    {
        options ??= new LoraOptions();
        _forward = new ForwardBench(Model, _model.Set, threads, maxTokens: 64, adapterRankMax: options.MaxRank);
        Store = CreateStore(options, Metrics);
        var engine = new EngineOptions { ModelName = "test", MaxBatchedTokens = 64, KvEventCapacity = 1000, Speculation = speculation };
        if (speculation?.Method == SpeculationMethod.Draft) _draft = new ForwardBench(Model, _model.Set, threads, maxTokens: 64);
        _loop = new LoopBench(
            _forward.Model,
            engine,
            Blocks,
            Model.ContextLength,
            cache: _forward.Cache,
            adapters: Store,
            drafting: _draft is null ? null : Drafting);

        (IDrafter Drafter, IEngineMemory Memory) Drafting(IEngineMemory memory)
        {
            var drafter = new ModelDrafter(_draft!.Model, engine, Blocks, Model.ContextLength, TimeProvider.System);
            return (drafter, new PairedMemory(memory, new TestMemory(Blocks, _draft.Cache), drafter));
        }
    }

    public static ModelConfig Model => SyntheticModel.Awkward;

    public AdapterStore Store { get; }

    public MetricRegistry Metrics { get; } = new();

    public EngineLoop Loop => _loop.Loop;

    /// <summary>Share of blocks in use.</summary>
    public double CacheUsage => Metric(EngineMetricNames.KvCacheUsage);

    public static AdapterStore CreateStore(LoraOptions? options = null, MetricRegistry? metrics = null)
    {
        options ??= new LoraOptions();
        var gauge = new AdapterMetrics(metrics ?? new MetricRegistry(), "test", options.MaxAdapters, TimeProvider.System);
        return new AdapterStore(Model, "test", options, gauge, TimeProvider.System);
    }

    public static GenerationRequest Request(int prompt, string? adapter, int answer = 12, int promptTokens = 20)
    {
        var random = new Random(prompt);
        return new GenerationRequest
        {
            Id = $"{prompt} {adapter}",
            PromptTokens = [.. Enumerable.Range(0, promptTokens).Select(_ => random.Next(Model.VocabularySize))],
            Sampling = new SamplingOptions { Temperature = 0, MaxTokens = answer, IgnoreEndOfSequence = true },
            Adapter = adapter,
        };
    }

    /// <summary>Writes and loads an adapter of this name.</summary>
    public AdapterFolder Load(string name, int seed)
    {
        var folder = new AdapterFolder(Model, seed);
        _folders.Add(folder);
        Assert.Null(Store.Load(name, folder.Path, replace: false).Message);
        return folder;
    }

    /// <summary>The value of one of the engine's series.</summary>
    public double Metric(string name) => _loop.Metric(name);

    public Task<Answer> Ask(GenerationRequest request) => _loop.Ask(request);

    /// <summary>Asks as a client that leaves when the token is cancelled.</summary>
    public Task<Answer> AskUntil(GenerationRequest request, CancellationToken left) => _loop.AskUntil(request, left);

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        Store.Dispose();
        _forward.Dispose();
        _draft?.Dispose();
        _model.Dispose();
        foreach (AdapterFolder folder in _folders) folder.Dispose();
    }
}
