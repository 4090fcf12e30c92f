using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Models;

/// <summary>A decoder of the Llama family: which weights it has and what they are called in Hugging Face's layout.</summary>
internal sealed class LlamaWeights : IDisposable
{
    private readonly WeightLoader _loader;

    /// <exception cref="ModelFormatException">A weight is missing, has another shape, or is not part of this architecture.</exception>
    public LlamaWeights(ModelConfig config, TensorSet tensors)
    {
        _loader = new WeightLoader(tensors);
        try
        {
            Embedding = _loader.Matrix("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
            Layers = new LlamaLayer[config.LayerCount];
            for (int i = 0; i < Layers.Length; i++) Layers[i] = LoadLayer(config, $"model.layers.{i}.");
            FinalNorm = _loader.Vector("model.norm.weight", config.HiddenSize);
            Output = config.TieWordEmbeddings
                ? new LinearLayer(Embedding, bias: null)
                : _loader.Linear("lm_head", config.VocabularySize, config.HiddenSize, biasRequired: false);
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

    public LlamaLayer[] Layers { get; }

    public NativeBuffer FinalNorm { get; }

    public LinearLayer Output { get; }

    public long ParameterCount => _loader.ParameterCount;

    /// <summary>Mapped and converted weights together.</summary>
    public long ByteLength => _loader.ByteLength;

    public void Dispose() => _loader.Dispose();

    private LlamaLayer LoadLayer(ModelConfig config, string prefix)
    {
        int queries = config.AttentionHeadCount * config.HeadDimension;
        int keys = config.KeyValueHeadCount * config.HeadDimension;
        return new LlamaLayer
        {
            InputNorm = _loader.Vector(prefix + "input_layernorm.weight", config.HiddenSize),
            Query = _loader.Linear(prefix + "self_attn.q_proj", queries, config.HiddenSize, config.AttentionBias),
            Key = _loader.Linear(prefix + "self_attn.k_proj", keys, config.HiddenSize, config.AttentionBias),
            Value = _loader.Linear(prefix + "self_attn.v_proj", keys, config.HiddenSize, config.AttentionBias),
            // Qwen2 has biases on the three projections before but none here, so its config cannot ask for one.
            AttentionOutput = _loader.Linear(prefix + "self_attn.o_proj", config.HiddenSize, queries, biasRequired: false),
            FeedForwardNorm = _loader.Vector(prefix + "post_attention_layernorm.weight", config.HiddenSize),
            Gate = _loader.Linear(prefix + "mlp.gate_proj", config.IntermediateSize, config.HiddenSize, config.MlpBias),
            Up = _loader.Linear(prefix + "mlp.up_proj", config.IntermediateSize, config.HiddenSize, config.MlpBias),
            Down = _loader.Linear(prefix + "mlp.down_proj", config.HiddenSize, config.IntermediateSize, config.MlpBias),
        };
    }
}

/// <summary>One layer: attention, then a gated feed-forward network, each behind its own norm.</summary>
internal sealed class LlamaLayer
{
    public required NativeBuffer InputNorm { get; init; }

    public required LinearLayer Query { get; init; }

    public required LinearLayer Key { get; init; }

    public required LinearLayer Value { get; init; }

    public required LinearLayer AttentionOutput { get; init; }

    public required NativeBuffer FeedForwardNorm { get; init; }

    public required LinearLayer Gate { get; init; }

    public required LinearLayer Up { get; init; }

    public required LinearLayer Down { get; init; }
}
