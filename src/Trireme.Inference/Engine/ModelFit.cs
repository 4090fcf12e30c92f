using Trireme.Inference.Caching;
using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;
using Trireme.Inference.Models;

namespace Trireme.Inference.Engine;

/// <summary>What serving a model takes, told without loading it. All in bytes.</summary>
public sealed record ModelFit
{
    /// <summary>The runtime, the compiled code, the HTTP server and the collector's slack, measured on an idle worker.</summary>
    private const long ProcessBase = 88L << 20;

    /// <summary>A token's part of the tokenizer's tables: merge, spelling and bytes, measured on vocabularies of 49k to 152k.</summary>
    private const long BytesPerToken = 500;

    public required long WeightBytes { get; init; }

    /// <summary>Keys and values of all streams at full length.</summary>
    public required long KvCacheBytes { get; init; }

    /// <summary>What a step works in.</summary>
    public required long ScratchBytes { get; init; }

    /// <summary>What the process takes beside the engine's budget.</summary>
    public required long ProcessBytes { get; init; }

    /// <summary>Tokens of each stream.</summary>
    public required int ContextLength { get; init; }

    /// <summary>The least --memory that holds all streams.</summary>
    public long BudgetBytes => WeightBytes + KvCacheBytes + ScratchBytes;

    /// <summary>What the process will take once all streams are at full length.</summary>
    public long TotalBytes => BudgetBytes + ProcessBytes;

    /// <summary>Reads a model's headers and adds up.</summary>
    /// <param name="modelPath">A folder or a GGUF file.</param>
    /// <param name="options">As the engine will have them; budgets are not looked at.</param>
    /// <param name="streams">Requests at once.</param>
    /// <exception cref="ModelFormatException">The model is malformed or not one this engine runs.</exception>
    /// <exception cref="EngineStartException">An option is out of range.</exception>
    public static ModelFit Of(string modelPath, EngineOptions options, int streams)
    {
        EngineOptionRules.Check(options);
        using StoredModel model = StoredModel.Open(modelPath);
        int contextLength = EngineOptionRules.ContextLength(options, model.Config);
        var wanted = new WeightOptions { Precision = options.Weights, Kernels = KernelChoice.FromEnvironment(), MeasureOnly = true };
        using var weights = new DecoderWeights(model.Config, model.Weights, wanted);
        var needs = MemoryNeeds.Of(options, model.Config, weights);
        var shape = KvCacheShape.Of(options, model.Config);
        return new ModelFit
        {
            WeightBytes = needs.WeightBytes,
            KvCacheBytes = checked(shape.BlocksFor(contextLength) * shape.BytesPerBlock * streams),
            ScratchBytes = needs.ScratchBytes,
            ProcessBytes = ProcessBase + (BytesPerToken * model.Tokenizer.VocabularySize),
            ContextLength = contextLength,
        };
    }
}
