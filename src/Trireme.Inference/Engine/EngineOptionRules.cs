using Trireme.Inference.Formats;
using Trireme.Inference.Speculation;

namespace Trireme.Inference.Engine;

/// <summary>The ranges of engine options.</summary>
internal static class EngineOptionRules
{
    private const int MaxThreads = 1024;

    /// <summary>About 150 bytes each at the usual block size.</summary>
    private const int MaxKvEvents = 1 << 20;

    /// <summary>vLLM's largest is 512.</summary>
    private const int MaxAdapterRank = 1024;

    /// <summary>Blocks are read in vectors of this many positions.</summary>
    private const int BlockSizeUnit = 8;

    public static void Check(EngineOptions options)
    {
        string? breach = options switch
        {
            { Threads: < 1 or > MaxThreads } => $"{OptionNames.Threads} is {options.Threads}; it must be between 1 and {MaxThreads}.",
            { MaxSequences: < 1 } => $"{OptionNames.MaxSequences} is {options.MaxSequences}; it must be at least 1.",
            { MaxWaiting: < 1 } => $"maxWaiting is {options.MaxWaiting}; it must be at least 1.",
            { MaxWaitingTokens: < 1 } => $"maxWaitingTokens is {options.MaxWaitingTokens}; it must be at least 1.",
            { KvEventCapacity: < 0 or > MaxKvEvents } =>
                $"kvEventCapacity is {options.KvEventCapacity}; it must be between 0 and {MaxKvEvents}.",
            { InterTokenTarget: { } target } when target <= TimeSpan.Zero =>
                $"{OptionNames.InterTokenTarget} is {target.TotalMilliseconds} ms; it must be above 0, or absent to take whole steps "
                + "always.",
            { Lora.MaxAdapters: < 1 } => $"{OptionNames.MaxAdapters} is {options.Lora.MaxAdapters}; it must be at least 1.",
            { Lora.MaxRank: < 1 or > MaxAdapterRank } =>
                $"{OptionNames.MaxAdapterRank} is {options.Lora.MaxRank}; it must be between 1 and {MaxAdapterRank}.",
            { Lora.MemoryBytes: < 1 } => $"{OptionNames.AdapterMemory} is {options.Lora.MemoryBytes}; it must be at least 1.",
            _ when options.BlockSize < BlockSizeUnit || options.BlockSize % BlockSizeUnit != 0 =>
                $"blockSize is {options.BlockSize}; it must be a positive multiple of {BlockSizeUnit}.",
            _ when options.MaxBatchedTokens < options.MaxSequences =>
                $"{OptionNames.MaxBatchedTokens} is {options.MaxBatchedTokens}; it must be at least {OptionNames.MaxSequences}, "
                + $"{options.MaxSequences}, so that every running request gets a token in each step.",
            _ => SpeculationRules.FindProblem(options.Speculation),
        };
        if (breach is not null) throw new EngineStartException(breach);
    }

    public static int ContextLength(EngineOptions options, ModelConfig config)
    {
        if (options.ContextLength is not { } wanted) return config.ContextLength;
        if (wanted >= 1 && wanted <= config.ContextLength) return wanted;
        throw new EngineStartException(
            $"{OptionNames.ContextLength} is {wanted}; this model was made for 1 to {config.ContextLength} tokens "
            + "(max_position_embeddings).");
    }
}
