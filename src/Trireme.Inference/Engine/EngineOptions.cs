using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Inference.Speculation;

namespace Trireme.Inference.Engine;

/// <summary>How much the engine may use and what it calls itself. The defaults suit a small model on one core.</summary>
public sealed record EngineOptions
{
    /// <summary>Value of the metric label model_name.</summary>
    public required string ModelName { get; init; }

    /// <summary>Longest prompt plus answer in tokens; what the model was made for when absent, and never more than that.</summary>
    public int? ContextLength { get; init; }

    /// <summary>How weights are held in memory. Fewer bits are faster, because a token costs about one reading of all weights.</summary>
    public WeightPrecision Weights { get; init; } = WeightPrecision.AsStored;

    /// <summary>Threads that compute, the engine's own included. Small models are fastest on one.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Most requests that compute at once.</summary>
    public int MaxSequences { get; init; } = 64;

    /// <summary>Most tokens computed in one step; a longer prompt is computed in chunks.</summary>
    public int MaxBatchedTokens { get; init; } = 512;

    /// <summary>Bytes for keys and values; what the memory budget leaves when absent. At least one whole context must fit.</summary>
    public long? KvCacheBytes { get; init; }

    /// <summary>Bytes for weights, keys and values and scratch together; half of what the process may use when absent.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>How keys and values are kept.</summary>
    public KvPrecision KvPrecision { get; init; }

    /// <summary>Tokens per block of keys and values; a multiple of 8.</summary>
    public int BlockSize { get; init; } = 16;

    /// <summary>Requests that may wait for their first step; further ones are refused.</summary>
    public int MaxWaiting { get; init; } = 1024;

    /// <summary>Prompt tokens that may wait together; further requests are refused. A single longer prompt may wait alone.</summary>
    public int MaxWaitingTokens { get; init; } = 1 << 20;

    /// <summary>
    /// Longest wanted time between two tokens of an answer. While answers run, prompts are computed in chunks small enough for it, as
    /// far as the speed of the machine allows; null always takes whole steps, for throughput alone.
    /// </summary>
    public TimeSpan? InterTokenTarget { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Which tokens' states make a text's vector; what the model's files say when absent.</summary>
    public PoolingMode? Pooling { get; init; }

    /// <summary>A Jinja file that replaces the chat template in the model's files; null to use theirs.</summary>
    public string? ChatTemplateFile { get; init; }

    /// <summary>The digests the files must have; null takes them as they are.</summary>
    public FilePins? Pins { get; init; }

    /// <summary>Changes of the prefix cache kept for those who follow it; 0 keeps none.</summary>
    public int KvEventCapacity { get; init; }

    /// <summary>What adapters may take; null for an engine without them.</summary>
    public LoraOptions? Lora { get; init; }

    /// <summary>How answers' next tokens are drafted, to be checked several at a time; null never drafts.</summary>
    public SpeculationOptions? Speculation { get; init; }

    /// <summary>Keeps the keys and values of finished requests for prompts that start alike.</summary>
    public bool PrefixCaching { get; init; } = true;
}
