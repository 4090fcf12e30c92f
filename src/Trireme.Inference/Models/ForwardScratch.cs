using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Models;

/// <summary>All memory a forward pass writes to besides the cache, allocated once: a step allocates nothing.</summary>
internal sealed unsafe class ForwardScratch : IDisposable
{
    /// <summary>Logits are computed for at most this many rows at a time, which bounds memory for large vocabularies.</summary>
    public const int MaxLogitRows = 32;

    private readonly NativeBuffer _memory;
    private readonly long _attentionPerThread;

    public ForwardScratch(ModelConfig config, int maxTokens, int threads, int blockSize, bool quantizedInputs)
    {
        _attentionPerThread = AttentionPerThread(config, blockSize);
        _memory = new NativeBuffer(Floats(config, maxTokens, threads, blockSize));
        float* next = _memory.Pointer;
        Hidden = Take(ref next, maxTokens, config.HiddenSize);
        Normed = new LayerInput(Take(ref next, maxTokens, config.HiddenSize), maxTokens, config.HiddenSize, quantizedInputs);
        Projected = Take(ref next, maxTokens, config.HiddenSize);
        Queries = Take(ref next, maxTokens, config.AttentionHeadCount * config.HeadDimension);
        int attended = config.AttentionHeadCount * config.HeadDimension;
        Attended = new LayerInput(Take(ref next, maxTokens, attended), maxTokens, attended, quantizedInputs);
        Keys = Take(ref next, maxTokens, config.KeyValueHeadCount * config.HeadDimension);
        Values = Take(ref next, maxTokens, config.KeyValueHeadCount * config.HeadDimension);
        Gate = new LayerInput(Take(ref next, maxTokens, config.IntermediateSize), maxTokens, config.IntermediateSize, quantizedInputs);
        Up = Take(ref next, maxTokens, config.IntermediateSize);
        Cosines = Take(ref next, maxTokens, config.HeadDimension / 2);
        Sines = Take(ref next, maxTokens, config.HeadDimension / 2);
        Logits = Take(ref next, MaxLogitRows, config.VocabularySize);
        Attention = next;
    }

    /// <summary>Tokens x hidden size: what runs from layer to layer.</summary>
    public float* Hidden { get; }

    /// <summary>Tokens x hidden size; after the last layer the wanted rows only.</summary>
    public LayerInput Normed { get; }

    /// <summary>Tokens x hidden size: what a block adds to the hidden state.</summary>
    public float* Projected { get; }

    /// <summary>Tokens x attention heads x head dimension.</summary>
    public float* Queries { get; }

    /// <summary>Tokens x attention heads x head dimension.</summary>
    public LayerInput Attended { get; }

    /// <summary>Tokens x key-value heads x head dimension.</summary>
    public float* Keys { get; }

    /// <summary>Tokens x key-value heads x head dimension.</summary>
    public float* Values { get; }

    /// <summary>Tokens x intermediate size.</summary>
    public LayerInput Gate { get; }

    /// <summary>Tokens x intermediate size.</summary>
    public float* Up { get; }

    /// <summary>Tokens x half the head dimension.</summary>
    public float* Cosines { get; }

    /// <summary>Tokens x half the head dimension.</summary>
    public float* Sines { get; }

    /// <summary><see cref="MaxLogitRows"/> x vocabulary.</summary>
    public float* Logits { get; }

    private float* Attention { get; }

    public static long Bytes(ModelConfig config, int maxTokens, int threads, int blockSize, bool quantizedInputs) =>
        (Floats(config, maxTokens, threads, blockSize) * sizeof(float))
        + LayerInput.Bytes(maxTokens, config.HiddenSize, quantizedInputs)
        + LayerInput.Bytes(maxTokens, config.AttentionHeadCount * config.HeadDimension, quantizedInputs)
        + LayerInput.Bytes(maxTokens, config.IntermediateSize, quantizedInputs);

    /// <summary>What one thread's tiles of attention work in.</summary>
    public float* AttentionOf(int thread) => Attention + (thread * _attentionPerThread);

    public void Dispose()
    {
        Normed.Dispose();
        Attended.Dispose();
        Gate.Dispose();
        _memory.Dispose();
    }

    private static long Floats(ModelConfig config, int maxTokens, int threads, int blockSize)
    {
        long perToken = (3L * config.HiddenSize)
            + (2L * config.AttentionHeadCount * config.HeadDimension)
            + (2L * config.KeyValueHeadCount * config.HeadDimension)
            + (2L * config.IntermediateSize)
            + config.HeadDimension;
        return (perToken * maxTokens)
            + ((long)MaxLogitRows * config.VocabularySize)
            + (threads * AttentionPerThread(config, blockSize));
    }

    private static long AttentionPerThread(ModelConfig config, int blockSize)
    {
        const int CacheLineFloats = 16;
        var layout = new KvLayout(blockSize, config.KeyValueHeadCount, config.HeadDimension);
        long floats = PagedAttention.ScratchFloats(config.AttentionHeadCount / config.KeyValueHeadCount, layout);
        return (floats + CacheLineFloats - 1) / CacheLineFloats * CacheLineFloats;
    }

    private static float* Take(ref float* next, int rows, int columns)
    {
        float* taken = next;
        next += (long)rows * columns;
        return taken;
    }
}
