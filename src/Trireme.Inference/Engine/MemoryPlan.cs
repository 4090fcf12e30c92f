using Trireme.Inference.Adapters;
using Trireme.Contracts.Serialization;
using Trireme.Inference.Caching;
using Trireme.Inference.Formats;
using Trireme.Inference.Models;

namespace Trireme.Inference.Engine;

/// <summary>How many blocks of keys and values the memory allows.</summary>
internal static class MemoryPlan
{
    /// <exception cref="EngineStartException">Not even one request of full length fits; the message holds the numbers.</exception>
    public static int BlockCount(EngineOptions options, KvCacheShape shape, int contextLength, MemoryNeeds needs, long processBytes)
    {
        long budget = options.MemoryBytes ?? processBytes / 2;
        long bytesPerBlock = shape.BytesPerBlock + needs.DraftBlockBytes;
        long oneContext = shape.BlocksFor(contextLength) * bytesPerBlock;
        long left = budget - needs.WeightBytes - needs.ScratchBytes - needs.AdapterBytes;
        if (left < oneContext) throw new EngineStartException(TooSmall(shape, contextLength, needs, budget, left, oneContext));
        if (options.KvCacheBytes is not { } wanted) return Blocks(bytesPerBlock, Math.Min(left, oneContext * options.MaxSequences));
        if (wanted < oneContext)
        {
            throw new EngineStartException(
                $"{OptionNames.KvCacheMemory} is {Show(wanted)}, but one context of {contextLength} tokens needs {Show(oneContext)} "
                + $"for keys and values. Raise {OptionNames.KvCacheMemory} or lower {OptionNames.ContextLength}.");
        }

        if (wanted > left)
        {
            throw new EngineStartException(
                $"{OptionNames.KvCacheMemory} is {Show(wanted)}, but weights ({Show(needs.WeightBytes)}){Adapters(needs)} and scratch "
                + $"({Show(needs.ScratchBytes)}) leave {Show(left)} of the memory budget of {Show(budget)}. "
                + $"Lower {OptionNames.KvCacheMemory} or raise {OptionNames.Memory}.");
        }

        return Blocks(bytesPerBlock, wanted);
    }

    private static int Blocks(long bytesPerBlock, long bytes) => (int)Math.Min(bytes / bytesPerBlock, int.MaxValue);

    private static string TooSmall(
        KvCacheShape shape, int contextLength, MemoryNeeds needs, long budget, long left, long oneContext)
    {
        long fitting = left < 0 ? 0 : left / (shape.BytesPerBlock + needs.DraftBlockBytes) * shape.BlockSize;
        string remedy = fitting > 0
            ? $"Raise {OptionNames.Memory} or lower {OptionNames.ContextLength} to at most {fitting}."
            : $"Raise {OptionNames.Memory} or serve a smaller model.";
        string adapters = needs.AdapterBytes == 0 ? "" : $"{Show(needs.AdapterBytes)} for adapters, ";
        return $"The model needs {Show(needs.WeightBytes + needs.ScratchBytes + needs.AdapterBytes + oneContext)}: "
            + $"{Show(needs.WeightBytes)} for weights, {adapters}{Show(needs.ScratchBytes)} for scratch and {Show(oneContext)} for the "
            + $"keys and values of one context of {contextLength} tokens. The memory budget is {Show(budget)}. {remedy}";
    }

    private static string Adapters(MemoryNeeds needs) => needs.AdapterBytes == 0 ? "" : $", adapters ({Show(needs.AdapterBytes)})";

    private static string Show(long bytes) => new ByteSize(bytes).ToRoundedText();
}

/// <summary>What the model takes before any request, its draft model included.</summary>
/// <param name="WeightBytes">Weights.</param>
/// <param name="ScratchBytes">What steps work in.</param>
/// <param name="AdapterBytes">What is kept for adapters.</param>
/// <param name="DraftBlockBytes">What the draft model's keys and values add to each block.</param>
internal readonly record struct MemoryNeeds(long WeightBytes, long ScratchBytes, long AdapterBytes = 0, long DraftBlockBytes = 0)
{
    public static MemoryNeeds Of(EngineOptions options, ModelConfig config, DecoderWeights weights)
    {
        long scratch = ForwardScratch.Bytes(config, options.MaxBatchedTokens, options.Threads, options.BlockSize, weights.QuantizesInputs);
        if (options.Lora is not { } lora) return new MemoryNeeds(weights.ByteLength, scratch);
        scratch += AdapterPass.Bytes(options.MaxBatchedTokens, lora.MaxRank);
        return new MemoryNeeds(weights.ByteLength, scratch, AdapterStore.BytesFor(lora, config));
    }

    /// <summary>What the model needs with another one that drafts for it.</summary>
    public MemoryNeeds With(MemoryNeeds draft, KvCacheShape draftShape) => this with
    {
        WeightBytes = WeightBytes + draft.WeightBytes,
        ScratchBytes = ScratchBytes + draft.ScratchBytes,
        DraftBlockBytes = draftShape.BytesPerBlock,
    };
}
