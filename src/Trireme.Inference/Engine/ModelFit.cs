using Trireme.Inference.Caching;
using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;
using Trireme.Inference.Models;
using Trireme.Inference.Speculation;

namespace Trireme.Inference.Engine;

/// <summary>What serving a model takes, computed without loading it. All in bytes.</summary>
public sealed record ModelFit
{
    // These two are a line through what workers took beside their budget once all streams were at full length, with vocabularies of
    // 2,048 to 151,936 tokens. The cases of ModelFitTests print their own figures, and fail where the line no longer meets them.

    /// <summary>The runtime, the compiled code, the HTTP server and the collector's slack.</summary>
    private const long ProcessBase = 75L << 20;

    /// <summary>A token's part of the tokenizer's tables, and of what reading them leaves on the heap.</summary>
    private const long BytesPerToken = 80;

    public required long WeightBytes { get; init; }

    /// <summary>Weights of the draft model; 0 without one.</summary>
    public required long DraftWeightBytes { get; init; }

    /// <summary>Kept for adapters; 0 for an engine without them.</summary>
    public required long AdapterBytes { get; init; }

    /// <summary>Keys and values of all streams at full length, the draft model's included: the least --kv-cache-memory.</summary>
    public required long KvCacheBytes { get; init; }

    /// <summary>What a step works in, the draft model's and the adapters' part included.</summary>
    public required long ScratchBytes { get; init; }

    /// <summary>The part of the scratch that so few streams never touch, so that the system gives no memory for it.</summary>
    public required long UnusedBytes { get; init; }

    /// <summary>What the process takes beside the engine's budget.</summary>
    public required long ProcessBytes { get; init; }

    /// <summary>Tokens of each stream.</summary>
    public required int ContextLength { get; init; }

    /// <summary>The least --memory that holds all streams.</summary>
    public long BudgetBytes => WeightBytes + DraftWeightBytes + AdapterBytes + KvCacheBytes + ScratchBytes;

    /// <summary>
    /// What the process will take once all streams are at full length and all adapters there: its resident memory, with weights that
    /// are read in place from the mapped file, which the system can share among processes and take back.
    /// </summary>
    public long TotalBytes => BudgetBytes - UnusedBytes + ProcessBytes;

    /// <summary>Reads the headers of a model, and of the draft model that the options name, and adds up.</summary>
    /// <param name="modelPath">A folder or a GGUF file.</param>
    /// <param name="options">As the engine will have them; budgets are not read.</param>
    /// <param name="streams">Requests at once.</param>
    /// <exception cref="ModelFormatException">
    /// A model is malformed or not one this engine runs, or the two do not belong together.
    /// </exception>
    /// <exception cref="EngineStartException">An option is out of range.</exception>
    public static ModelFit Of(string modelPath, EngineOptions options, int streams)
    {
        EngineOptionRules.Check(options);
        using StoredModel model = StoredModel.Open(modelPath);
        int contextLength = EngineOptionRules.ContextLength(options, model.Config);
        MemoryNeeds needs = Measure(model, options);
        // Each stream has one row of logits in a step, and one more for each token that is drafted for it.
        long unused = UnusedLogits(model, streams * (1L + (options.Speculation?.DraftTokensMax ?? 0)));
        using StoredModel? draft = options.Speculation?.DraftModel is { } path ? StoredModel.Open(path) : null;
        MemoryNeeds draftNeeds = default;
        var shape = KvCacheShape.Of(options, model.Config);
        long blockBytes = shape.BytesPerBlock;
        long tokenizers = TokenizerBytes(model);
        if (draft is not null)
        {
            DraftVocabulary.Check(model, draft);
            draftNeeds = Measure(draft, options with { Lora = null });
            blockBytes += KvCacheShape.Of(options, draft.Config).BytesPerBlock;
            tokenizers += TokenizerBytes(draft);
            unused += UnusedLogits(draft, streams);
        }

        return new ModelFit
        {
            WeightBytes = needs.WeightBytes,
            DraftWeightBytes = draftNeeds.WeightBytes,
            AdapterBytes = needs.AdapterBytes,
            KvCacheBytes = checked(shape.BlocksFor(contextLength) * blockBytes * streams),
            ScratchBytes = needs.ScratchBytes + draftNeeds.ScratchBytes,
            UnusedBytes = unused,
            ProcessBytes = ProcessBase + tokenizers,
            ContextLength = contextLength,
        };
    }

    private static long TokenizerBytes(StoredModel model) => BytesPerToken * model.Tokenizer.VocabularySize;

    private static long UnusedLogits(StoredModel model, long rows) =>
        Math.Max(0, ForwardScratch.MaxLogitRows - rows) * model.Config.VocabularySize * sizeof(float);

    private static MemoryNeeds Measure(StoredModel model, EngineOptions options)
    {
        var wanted = new WeightOptions { Precision = options.Weights, Kernels = KernelChoice.FromEnvironment(), MeasureOnly = true };
        using var weights = new DecoderWeights(model.Config, model.Weights, wanted);
        return MemoryNeeds.Of(options, model.Config, weights);
    }
}
