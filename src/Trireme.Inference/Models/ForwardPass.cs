using Trireme.Inference.Adapters;
using Trireme.Inference.Caching;
using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Models;

/// <summary>
/// Runs batches through a decoder. Each phase is split over the compute threads by rows or tokens, each of which is computed
/// alone in a fixed order: the logits of a token are the same bits whatever shares its batch. Allocates nothing per step. Not
/// thread-safe.
/// </summary>
internal sealed unsafe class ForwardPass : ILanguageModel, IDisposable
{
    private readonly ModelConfig _config;
    private readonly DecoderWeights _weights;
    private readonly KvCache _cache;
    private readonly ComputeThreads _threads;
    private readonly ForwardScratch _scratch;
    private readonly RotaryFrequencies _rotary;
    private readonly AttentionPhase _attention;
    private readonly AdapterPass? _adapters;

    private readonly Action<int, int> _embed;
    private readonly Action<int, int> _normAttention;
    private readonly Action<int, int> _projectQueries;
    private readonly Action<int, int> _normRotateAndStore;
    private readonly Action<int, int> _attend;
    private readonly Action<int, int> _encodeAttended;
    private readonly Action<int, int> _projectAttended;
    private readonly Action<int, int> _normFeedForward;
    private readonly Action<int, int> _gate;
    private readonly Action<int, int> _projectDown;
    private readonly Action<int, int> _normOutputs;
    private readonly Action<int, int> _projectLogits;
    private readonly Action<int, int> _shrink;

    // What the current phase works on; set before the threads are let loose.
    private BatchPlan _batch = new(0);
    private DecoderLayerWeights _layer;
    private KvLayer _kv;
    private AttentionRules _rules;
    private NativeBuffer? _previousPostNorm;
    private LayerInput _adapted;
    private int _firstOutput;
    private int _logitRows;

    /// <param name="config">The model's shape.</param>
    /// <param name="weights">The model's weights.</param>
    /// <param name="cache">Keys and values.</param>
    /// <param name="threads">Who computes.</param>
    /// <param name="maxTokens">Most tokens of a batch.</param>
    /// <param name="contextLength">Longest sequence.</param>
    /// <param name="adapterRankMax">Largest rank of adapters that batches may name; 0 for none.</param>
    public ForwardPass(
        ModelConfig config,
        DecoderWeights weights,
        KvCache cache,
        ComputeThreads threads,
        int maxTokens,
        int contextLength,
        int adapterRankMax = 0)
    {
        _config = config;
        _weights = weights;
        _cache = cache;
        _threads = threads;
        _layer = weights.Layers[0];
        _scratch = new ForwardScratch(config, maxTokens, threads.Count, cache.BlockSize, weights.QuantizesInputs);
        _rotary = new RotaryFrequencies(config.Rope, config.HeadDimension, contextLength);
        _attention = new AttentionPhase(config, _scratch);
        _adapters = adapterRankMax > 0 ? new AdapterPass(maxTokens, adapterRankMax) : null;
        _adapted = _scratch.Normed;
        float scale = config.AttentionScale ?? (float)(1 / Math.Sqrt(config.HeadDimension));
        _rules = new AttentionRules(scale, config.AttentionLogitCap ?? 0, int.MaxValue);
        // Delegates are made once: a method group would allocate one at each call.
        _embed = Embed;
        _normAttention = NormAttention;
        _projectQueries = ProjectQueries;
        _normRotateAndStore = NormRotateAndStore;
        _attend = Attend;
        _encodeAttended = EncodeAttended;
        _projectAttended = ProjectAttended;
        _normFeedForward = NormFeedForward;
        _gate = GateFeedForward;
        _projectDown = ProjectDown;
        _normOutputs = NormOutputs;
        _projectLogits = ProjectLogits;
        _shrink = Shrink;
    }

    public int VocabularySize => _config.VocabularySize;

    public int HiddenSize => _config.HiddenSize;

    public int MaxLogitRows => ForwardScratch.MaxLogitRows;

    public void Run(BatchPlan batch)
    {
        _batch = batch;
        _previousPostNorm = null;
        _threads.BeginStep(batch.TokenCount);
        _threads.Run(_embed);
        for (int i = 0; i < _weights.Layers.Length; i++)
        {
            _layer = _weights.Layers[i];
            _kv = _cache.Layer(i);
            _rules = _rules with { Window = _config.WindowOf(i) };
            _threads.Run(_normAttention);
            Adapt(i, ProjectionInput.Attention, _scratch.Normed);
            _threads.Run(_projectQueries);
            // All keys and values of the batch are stored before any query reads: sequences of one batch may share blocks.
            _threads.Run(_normRotateAndStore);
            _threads.Run(_attend);
            if (_scratch.Attended.IsQuantized && !_attention.EncodesOutputs) _threads.Run(_encodeAttended);
            Adapt(i, ProjectionInput.Attended, _scratch.Attended);
            _threads.Run(_projectAttended);
            _previousPostNorm = _layer.AttentionPostNorm;
            _threads.Run(_normFeedForward);
            Adapt(i, ProjectionInput.FeedForward, _scratch.Normed);
            _threads.Run(_gate);
            Adapt(i, ProjectionInput.Gated, _scratch.Gate);
            _threads.Run(_projectDown);
            _previousPostNorm = _layer.FeedForwardPostNorm;
        }

        _threads.Run(_normOutputs);
        _threads.EndStep();
    }

    public Span<float> Logits(int firstOutput, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxLogitRows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstOutput + count, _batch.OutputCount, nameof(count));
        _firstOutput = firstOutput;
        _logitRows = count;
        _threads.Run(_projectLogits);
        return new Span<float>(_scratch.Logits, count * VocabularySize);
    }

    public ReadOnlySpan<float> States(int firstOutput, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstOutput);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstOutput + count, _batch.OutputCount, nameof(count));
        return new ReadOnlySpan<float>(_scratch.Normed.Row(firstOutput), checked(count * HiddenSize));
    }

    public void Dispose()
    {
        _adapters?.Dispose();
        _scratch.Dispose();
    }

    /// <summary>Lets the adapters of the batch take in what the next projections read.</summary>
    private void Adapt(int layer, ProjectionInput input, LayerInput values)
    {
        if (_adapters is null || !_adapters.TryBegin(_batch, layer, input)) return;
        _adapted = values;
        _threads.Run(_shrink);
    }

    private void Shrink(int thread, int threads) => _adapters!.Shrink(_adapted, thread, threads);

    private void Embed(int thread, int threads)
    {
        int hidden = _config.HiddenSize;
        int pairs = _rotary.Count;
        (int first, int end) = Partition.Range(_batch.TokenCount, thread, threads);
        for (int token = first; token < end; token++)
        {
            float* state = Row(_scratch.Hidden, token, hidden);
            _weights.Embedding.CopyRow(_batch.Tokens[token], new Span<float>(state, hidden));
            if (_config.EmbeddingScale != 1) Elementwise.Scale(state, _config.EmbeddingScale, hidden);
            var cosines = new Span<float>(Row(_scratch.Cosines, token, pairs), pairs);
            _rotary.Fill(_batch.Positions[token], cosines, new Span<float>(Row(_scratch.Sines, token, pairs), pairs));
            // The first layer adds what the one before it projected, which is nothing.
            new Span<float>(Row(_scratch.Projected, token, hidden), hidden).Clear();
        }
    }

    private void NormAttention(int thread, int threads) => AddAndNorm(_layer.InputNorm, thread, threads);

    private void NormFeedForward(int thread, int threads) => AddAndNorm(_layer.FeedForwardNorm, thread, threads);

    private void ProjectQueries(int thread, int threads)
    {
        Project(Projection.Query, _layer.Query, _scratch.Normed, _scratch.Queries, thread, threads);
        Project(Projection.Key, _layer.Key, _scratch.Normed, _scratch.Keys, thread, threads);
        Project(Projection.Value, _layer.Value, _scratch.Normed, _scratch.Values, thread, threads);
    }

    private void NormRotateAndStore(int thread, int threads)
    {
        int dimension = _config.HeadDimension;
        (int first, int end) = Partition.Range(_batch.TokenCount, thread, threads);
        for (int token = first; token < end; token++)
        {
            float* queries = Row(_scratch.Queries, token, _config.AttentionHeadCount * dimension);
            NormAndRotate(queries, _config.AttentionHeadCount, _layer.QueryNorm, token);
            float* keys = Row(_scratch.Keys, token, _config.KeyValueHeadCount * dimension);
            NormAndRotate(keys, _config.KeyValueHeadCount, _layer.KeyNorm, token);

            (int ordinal, int slot) = Math.DivRem(_batch.Positions[token], _kv.BlockSize);
            int block = _batch.BlocksOf(token)[ordinal];
            float* values = Row(_scratch.Values, token, _config.KeyValueHeadCount * dimension);
            for (int head = 0; head < _config.KeyValueHeadCount; head++)
            {
                _kv.Write(block, slot, head, keys + (head * dimension), values + (head * dimension));
            }
        }
    }

    private void NormAndRotate(float* heads, int count, NativeBuffer? norm, int token)
    {
        int dimension = _config.HeadDimension;
        int pairs = _rotary.Count;
        float* cosines = Row(_scratch.Cosines, token, pairs);
        float* sines = Row(_scratch.Sines, token, pairs);
        for (float* head = heads; head < heads + (count * dimension); head += dimension)
        {
            if (norm is not null) Elementwise.RmsNorm(head, norm.Pointer, head, dimension, _config.RmsNormEpsilon);
            Elementwise.Rotate(head, cosines, sines, pairs);
        }
    }

    private void Attend(int thread, int threads) => _attention.Run(_batch, _kv, _rules, thread, threads);

    private void EncodeAttended(int thread, int threads)
    {
        (int first, int end) = Partition.Range(_batch.TokenCount, thread, threads);
        for (int token = first; token < end; token++) _scratch.Attended.Encode(token);
    }

    private void ProjectAttended(int thread, int threads) =>
        Project(Projection.AttentionOutput, _layer.AttentionOutput, _scratch.Attended, _scratch.Projected, thread, threads);

    private void GateFeedForward(int thread, int threads)
    {
        Project(Projection.Gate, _layer.Gate, _scratch.Normed, _scratch.Gate.Values, thread, threads);
        Project(Projection.Up, _layer.Up, _scratch.Normed, _scratch.Up, thread, threads);
        int width = _config.IntermediateSize;
        (int first, int end) = Partition.Range(width, thread, threads, LinearLayer.RowGranularity);
        for (int token = 0; token < _batch.TokenCount; token++)
        {
            float* gate = _scratch.Gate.Row(token);
            float* up = Row(_scratch.Up, token, width);
            if (_config.Activation == GateActivation.Silu)
            {
                Elementwise.SwiGlu(gate, up, first, end, width);
            }
            else
            {
                Elementwise.GeGlu(gate, up, first, end, width);
            }

            _scratch.Gate.Encode(token, first, end);
        }
    }

    private void ProjectDown(int thread, int threads) =>
        Project(Projection.Down, _layer.Down, _scratch.Gate, _scratch.Projected, thread, threads);

    private void NormOutputs(int thread, int threads)
    {
        (int first, int end) = Partition.Range(_batch.OutputCount, thread, threads);
        for (int output = first; output < end; output++)
        {
            AddAndNorm(_batch.Outputs[output], _weights.FinalNorm, output);
        }
    }

    private void ProjectLogits(int thread, int threads)
    {
        (int first, int end) = Partition.Range(VocabularySize, thread, threads, LinearLayer.RowGranularity);
        _weights.Output.Apply(_scratch.Normed, _firstOutput, _scratch.Logits, _logitRows, first, end);
        if (_config.FinalLogitCap is not { } cap) return;
        for (int row = 0; row < _logitRows; row++)
        {
            Elementwise.SoftCap(Row(_scratch.Logits, row, VocabularySize), cap, first, end, VocabularySize);
        }
    }

    private void AddAndNorm(NativeBuffer norm, int thread, int threads)
    {
        (int first, int end) = Partition.Range(_batch.TokenCount, thread, threads);
        for (int token = first; token < end; token++) AddAndNorm(token, norm, token);
    }

    /// <summary>Adds what was last projected to a token's hidden state and norms it into a row of the next block's input.</summary>
    private void AddAndNorm(int token, NativeBuffer norm, int row)
    {
        int hidden = _config.HiddenSize;
        float* state = Row(_scratch.Hidden, token, hidden);
        float* projected = Row(_scratch.Projected, token, hidden);
        if (_previousPostNorm is not null)
        {
            Elementwise.RmsNorm(projected, _previousPostNorm.Pointer, projected, hidden, _config.RmsNormEpsilon);
        }

        Elementwise.Add(state, projected, hidden);
        Elementwise.RmsNorm(state, norm.Pointer, _scratch.Normed.Row(row), hidden, _config.RmsNormEpsilon);
        _scratch.Normed.Encode(row);
    }

    private void Project(Projection projection, LinearLayer layer, LayerInput inputs, float* outputs, int thread, int threads)
    {
        (int first, int end) = Partition.Range(layer.OutputSize, thread, threads, LinearLayer.RowGranularity);
        layer.Apply(inputs, firstToken: 0, outputs, _batch.TokenCount, first, end);
        _adapters?.Expand(projection, outputs, layer.OutputSize, first, end);
    }

    private static float* Row(float* rows, int row, int columns) => rows + ((long)row * columns);
}
