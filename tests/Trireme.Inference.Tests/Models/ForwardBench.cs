using Trireme.Inference.Adapters;
using Trireme.Inference.Caching;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;
using Trireme.Inference.Models;

namespace Trireme.Inference.Tests.Models;

/// <summary>A forward pass with a cache of its own, fed without a scheduler.</summary>
internal sealed class ForwardBench : IDisposable
{
    private const int Blocks = 128;

    private readonly DecoderWeights _weights;
    private readonly KvCache _cache;
    private readonly ComputeThreads _threads;
    private int _nextBlock = Blocks;

    public ForwardBench(
        ModelConfig config,
        TensorSet tensors,
        int threads = 1,
        int blockSize = 16,
        int maxTokens = 1024,
        int? contextLength = null,
        WeightOptions? options = null,
        KvPrecision precision = KvPrecision.Float32,
        int adapterRankMax = 0)
    {
        _weights = new DecoderWeights(config, tensors, options);
        var shape = new KvCacheShape(config.LayerCount, config.KeyValueHeadCount, config.HeadDimension, blockSize, precision);
        _cache = new KvCache(shape, Blocks);
        _threads = new ComputeThreads(threads);
        Model = new ForwardPass(config, _weights, _cache, _threads, maxTokens, contextLength ?? config.ContextLength, adapterRankMax);
        Batch = new BatchPlan(maxTokens);
    }

    public ForwardPass Model { get; }

    public KvCache Cache => _cache;

    public BatchPlan Batch { get; }

    /// <summary>Blocks for a sequence, handed out from the end so that their order in memory is not the order of positions.</summary>
    public BlockTable Reserve(int tokens, LoraAdapter? adapter = null)
    {
        var table = new BlockTable { Adapter = adapter };
        for (int i = 0; i < tokens; i += _cache.BlockSize) table.Add(--_nextBlock);
        return table;
    }

    /// <summary>Runs the batch that was added and returns the wanted logits.</summary>
    public float[][] Run()
    {
        Model.Run(Batch);
        var logits = new float[Batch.OutputCount][];
        for (int first = 0; first < logits.Length; first += Model.MaxLogitRows)
        {
            int count = Math.Min(Model.MaxLogitRows, logits.Length - first);
            float[] rows = Model.Logits(first, count).ToArray();
            for (int i = 0; i < count; i++) logits[first + i] = rows[(i * Model.VocabularySize)..((i + 1) * Model.VocabularySize)];
        }

        Batch.Clear();
        return logits;
    }

    /// <summary>Logits after each token of a sequence computed in one piece.</summary>
    public float[][] Run(int[] tokens) => Run(tokens, adapter: null);

    public float[][] Run(int[] tokens, LoraAdapter? adapter)
    {
        Batch.Add(tokens, 0, Reserve(tokens.Length, adapter), outputs: tokens.Length);
        return Run();
    }

    public void Dispose()
    {
        Model.Dispose();
        _threads.Dispose();
        _cache.Dispose();
        _weights.Dispose();
    }
}
