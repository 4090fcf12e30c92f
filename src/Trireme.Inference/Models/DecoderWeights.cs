using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Models;

/// <summary>Which weights a decoder has and what they are called in Hugging Face's layout.</summary>
internal sealed class DecoderWeights : IDisposable
{
    private readonly ModelConfig _config;
    private readonly WeightLoader _loader;

    /// <exception cref="ModelFormatException">A weight is missing, has another shape, or is not part of this architecture.</exception>
    public DecoderWeights(ModelConfig config, TensorSet tensors, WeightOptions? options = null)
    {
        _config = config;
        _loader = new WeightLoader(tensors, options);
        try
        {
            Embedding = _loader.Matrix("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
            Layers = new DecoderLayerWeights[config.LayerCount];
            for (int i = 0; i < Layers.Length; i++) Layers[i] = LoadLayer($"model.layers.{i}.");
            FinalNorm = Norm("model.norm", config.HiddenSize);
            Output = config.TieWordEmbeddings
                ? new LinearLayer(Embedding, bias: null)
                : _loader.Output("lm_head", config.VocabularySize, config.HiddenSize);
            if (config.TieWordEmbeddings) _loader.Ignore("lm_head.weight");
            _loader.RefuseUnused();
        }
        catch
        {
            _loader.Dispose();
            throw;
        }
    }

    public WeightMatrix Embedding { get; }

    public DecoderLayerWeights[] Layers { get; }

    public NativeBuffer FinalNorm { get; }

    public LinearLayer Output { get; }

    public long ParameterCount => _loader.ParameterCount;

    /// <summary>Mapped and converted weights together.</summary>
    public long ByteLength => _loader.ByteLength;

    /// <summary>Whether some weights are packed, which read quantised inputs.</summary>
    public bool QuantizesInputs => _loader.QuantizesInputs;

    public void Dispose() => _loader.Dispose();

    private DecoderLayerWeights LoadLayer(string prefix)
    {
        int hidden = _config.HiddenSize;
        int queries = _config.AttentionHeadCount * _config.HeadDimension;
        string attention = prefix + "self_attn.";
        (LinearLayer query, LinearLayer key, LinearLayer value) = AttentionInputs(attention);
        (LinearLayer gate, LinearLayer up) = FeedForwardInputs(prefix + "mlp.");
        return new DecoderLayerWeights
        {
            InputNorm = Norm(prefix + "input_layernorm", hidden),
            Query = query,
            Key = key,
            Value = value,
            QueryNorm = _config.QueryKeyNorm ? Norm(attention + "q_norm", _config.HeadDimension) : null,
            KeyNorm = _config.QueryKeyNorm ? Norm(attention + "k_norm", _config.HeadDimension) : null,
            // Qwen2 has biases on the three projections before but none here, so its config cannot ask for one.
            AttentionOutput = _loader.Linear(attention + "o_proj", hidden, queries, biasRequired: false),
            // With norms on both sides the name of the one before the feed-forward network goes to the one after attention.
            AttentionPostNorm = _config.PostNorms ? Norm(prefix + "post_attention_layernorm", hidden) : null,
            FeedForwardNorm = Norm(prefix + (_config.PostNorms ? "pre_feedforward_layernorm" : "post_attention_layernorm"), hidden),
            Gate = gate,
            Up = up,
            Down = _loader.Linear(prefix + "mlp.down_proj", hidden, _config.IntermediateSize, _config.MlpBias),
            FeedForwardPostNorm = _config.PostNorms ? Norm(prefix + "post_feedforward_layernorm", hidden) : null,
        };
    }

    private (LinearLayer Query, LinearLayer Key, LinearLayer Value) AttentionInputs(string prefix)
    {
        int hidden = _config.HiddenSize;
        int queries = _config.AttentionHeadCount * _config.HeadDimension;
        int keys = _config.KeyValueHeadCount * _config.HeadDimension;
        bool bias = _config.AttentionBias;
        if (!_config.FusedProjections)
        {
            return (
                _loader.Linear(prefix + "q_proj", queries, hidden, bias),
                _loader.Linear(prefix + "k_proj", keys, hidden, bias),
                _loader.Linear(prefix + "v_proj", keys, hidden, bias));
        }

        string fused = prefix + "qkv_proj";
        int outputs = queries + keys + keys;
        return (
            _loader.Linear(fused, outputs, hidden, bias, ..queries),
            _loader.Linear(fused, outputs, hidden, bias, queries..(queries + keys)),
            _loader.Linear(fused, outputs, hidden, bias, (queries + keys)..));
    }

    private (LinearLayer Gate, LinearLayer Up) FeedForwardInputs(string prefix)
    {
        int hidden = _config.HiddenSize;
        int width = _config.IntermediateSize;
        bool bias = _config.MlpBias;
        if (!_config.FusedProjections)
        {
            return (_loader.Linear(prefix + "gate_proj", width, hidden, bias), _loader.Linear(prefix + "up_proj", width, hidden, bias));
        }

        string fused = prefix + "gate_up_proj";
        return (_loader.Linear(fused, 2 * width, hidden, bias, ..width), _loader.Linear(fused, 2 * width, hidden, bias, width..));
    }

    private NativeBuffer Norm(string name, int length)
    {
        NativeBuffer weight = _loader.Vector(name + ".weight", length);
        if (!_config.NormsAddOne) return weight;
        foreach (ref float value in weight.Slice(0, length)) value += 1;
        return weight;
    }
}

/// <summary>One layer: attention, then a gated feed-forward network, each behind its own norm.</summary>
internal sealed class DecoderLayerWeights
{
    public required NativeBuffer InputNorm { get; init; }

    public required LinearLayer Query { get; init; }

    public required LinearLayer Key { get; init; }

    public required LinearLayer Value { get; init; }

    /// <summary>Head dimension floats; null where queries are turned as they are.</summary>
    public required NativeBuffer? QueryNorm { get; init; }

    /// <summary>Head dimension floats; null where keys are turned as they are.</summary>
    public required NativeBuffer? KeyNorm { get; init; }

    public required LinearLayer AttentionOutput { get; init; }

    /// <summary>Null where the result of attention is added as it is.</summary>
    public required NativeBuffer? AttentionPostNorm { get; init; }

    public required NativeBuffer FeedForwardNorm { get; init; }

    public required LinearLayer Gate { get; init; }

    public required LinearLayer Up { get; init; }

    public required LinearLayer Down { get; init; }

    /// <summary>Null where the result of the feed-forward network is added as it is.</summary>
    public required NativeBuffer? FeedForwardPostNorm { get; init; }
}
