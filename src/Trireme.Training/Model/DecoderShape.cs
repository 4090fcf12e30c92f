using Trireme.Contracts.Resources;

namespace Trireme.Training.Model;

/// <summary>Sizes of a Llama decoder.</summary>
internal sealed record DecoderShape
{
    /// <summary>Base of the rotary frequencies, from the RoFormer paper (Su et al. 2021) and used by Llama 1 and 2.</summary>
    public const double RopeTheta = 10_000;

    public const double RmsNormEpsilon = 1e-6;

    public required int VocabularySize { get; init; }

    public required int Layers { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int AttentionHeads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int ContextLength { get; init; }

    /// <summary>
    /// Standard deviation of the initial weights: it keeps the size of what a matrix passes on (LeCun et al. 1998). The 0.02 of
    /// large models is much smaller than this for narrow ones and delays learning to copy from the prompt.
    /// </summary>
    public double InitializerRange => 1 / Math.Sqrt(HiddenSize);

    public int HeadSize => HiddenSize / AttentionHeads;

    public static DecoderShape From(DecoderSpec spec, int vocabularySize) => new()
    {
        VocabularySize = vocabularySize,
        Layers = spec.Layers,
        HiddenSize = spec.HiddenSize,
        IntermediateSize = spec.IntermediateSize,
        AttentionHeads = spec.AttentionHeads,
        KeyValueHeads = spec.KeyValueHeads,
        ContextLength = spec.ContextLength,
    };

    /// <summary>Every weight under its Hugging Face name with its shape, in file order.</summary>
    public IEnumerable<(string Name, long[] Shape)> Weights()
    {
        yield return ("model.embed_tokens.weight", [VocabularySize, HiddenSize]);
        for (int layer = 0; layer < Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            yield return (prefix + "input_layernorm.weight", [HiddenSize]);
            yield return (prefix + "self_attn.q_proj.weight", [AttentionHeads * HeadSize, HiddenSize]);
            yield return (prefix + "self_attn.k_proj.weight", [KeyValueHeads * HeadSize, HiddenSize]);
            yield return (prefix + "self_attn.v_proj.weight", [KeyValueHeads * HeadSize, HiddenSize]);
            yield return (prefix + "self_attn.o_proj.weight", [HiddenSize, AttentionHeads * HeadSize]);
            yield return (prefix + "post_attention_layernorm.weight", [HiddenSize]);
            yield return (prefix + "mlp.gate_proj.weight", [IntermediateSize, HiddenSize]);
            yield return (prefix + "mlp.up_proj.weight", [IntermediateSize, HiddenSize]);
            yield return (prefix + "mlp.down_proj.weight", [HiddenSize, IntermediateSize]);
        }

        yield return ("model.norm.weight", [HiddenSize]);
    }

    public long ParameterCount => Weights().Sum(weight => weight.Shape.Aggregate(1L, (product, size) => product * size));
}
