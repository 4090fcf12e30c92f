using Trireme.Inference.Kernels;
using Trireme.Inference.Models;

namespace Trireme.Inference.Adapters;

/// <summary>
/// Adds what a batch's adapters change to a layer's projections: scale x B(Ax) for the rows of the sequences that use them, and nothing
/// for the others. A phase of its own computes Ax for all projections that share the input x, taken before it is quantised; B follows
/// right behind the projection, by the thread that has just computed the same outputs. Allocates nothing per step.
/// </summary>
internal sealed unsafe class AdapterPass(int maxTokens, int maxRank) : IDisposable
{
    /// <summary>Query, key and value are the most projections that share an input.</summary>
    private const int ProjectionsMax = 3;

    /// <summary>Rows of A that are multiplied together.</summary>
    private const int RankGranularity = 4;

    private readonly NativeBuffer _shrunk = new(Floats(maxTokens, maxRank));
    private readonly int _stride = ProjectionsMax * maxRank;
    private BatchPlan _batch = new(0);
    private ProjectionInput _input;
    private int _layer;

    /// <summary>Memory for a pass over at most so many tokens.</summary>
    public static long Bytes(int maxTokens, int maxRank) => Floats(maxTokens, maxRank) * sizeof(float);

    /// <summary>Begins with an input of a layer, and returns whether any adapter of the batch has something to compute from it.</summary>
    public bool TryBegin(BatchPlan batch, int layer, ProjectionInput input)
    {
        _batch = batch;
        _layer = layer;
        _input = input;
        foreach (AdapterRun run in batch.AdapterRuns)
        {
            if (run.Adapter.Layers[layer].Shrink(input) is not null) return true;
        }

        return false;
    }

    /// <summary>One thread's share of Ax.</summary>
    public void Shrink(LayerInput inputs, int thread, int threads)
    {
        foreach (AdapterRun run in _batch.AdapterRuns)
        {
            if (run.Adapter.Layers[_layer].Shrink(_input) is not { } shrink) continue;
            (int first, int end) = Partition.Range(shrink.Rows, thread, threads, RankGranularity);
            MatrixMultiply.Run(shrink, bias: null, inputs.Row(run.FirstRow), Row(run.FirstRow), _stride, run.Count, first, end);
        }
    }

    /// <summary>Adds to outputs of a projection that this thread has computed: all tokens x the projection's outputs.</summary>
    public void Expand(Projection projection, float* outputs, int outputCount, int firstOutput, int endOutput)
    {
        foreach (AdapterRun run in _batch.AdapterRuns)
        {
            (ExpandMatrix? matrix, int firstRank) = run.Adapter.Layers[_layer].Expand(projection);
            matrix?.AddTo(
                Row(run.FirstRow) + firstRank, _stride, outputs + ((long)run.FirstRow * outputCount), run.Count, firstOutput, endOutput);
        }
    }

    public void Dispose() => _shrunk.Dispose();

    private static long Floats(int maxTokens, int maxRank) => (long)maxTokens * maxRank * ProjectionsMax;

    private float* Row(int row) => _shrunk.Pointer + ((long)row * _stride);
}
