using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Trireme.Training.Model;

/// <summary>One block: attention and feed-forward, each on the normalised stream and added back to it.</summary>
internal sealed class DecoderLayer(DecoderShape shape, RotaryPositions positions, Func<string, Parameter> weight)
{
    // Kept for good: a number that is given to an operation becomes an object whose memory the collector may free while libtorch reads it.
    private static readonly Scalar Two = 2;
    private static readonly Scalar Epsilon = DecoderShape.RmsNormEpsilon;

    private readonly Parameter _attentionNorm = weight("input_layernorm.weight");
    private readonly Parameter _query = weight("self_attn.q_proj.weight");
    private readonly Parameter _key = weight("self_attn.k_proj.weight");
    private readonly Parameter _value = weight("self_attn.v_proj.weight");
    private readonly Parameter _output = weight("self_attn.o_proj.weight");
    private readonly Parameter _feedForwardNorm = weight("post_attention_layernorm.weight");
    private readonly Parameter _gate = weight("mlp.gate_proj.weight");
    private readonly Parameter _up = weight("mlp.up_proj.weight");
    private readonly Parameter _down = weight("mlp.down_proj.weight");

    /// <summary>The hidden states [batch, tokens, size] after this block; see <see cref="LlamaDecoder.Forward"/> for the mask.</summary>
    public Tensor Forward(Tensor hidden, Tensor? visible)
    {
        hidden = hidden + Attention(RmsNorm(hidden, _attentionNorm), visible);
        return hidden + FeedForward(RmsNorm(hidden, _feedForwardNorm));
    }

    /// <summary>Root mean square normalisation (Zhang and Sennrich 2019) over the last dimension.</summary>
    public static Tensor RmsNorm(Tensor input, Parameter scale)
    {
        Tensor meanSquare = input.pow(Two).mean([-1], keepdim: true);
        return input * meanSquare.add(Epsilon).rsqrt() * scale;
    }

    private Tensor Attention(Tensor input, Tensor? visible)
    {
        Tensor query = positions.Rotate(Heads(functional.linear(input, _query), shape.AttentionHeads));
        Tensor key = positions.Rotate(Heads(functional.linear(input, _key), shape.KeyValueHeads));
        Tensor value = Heads(functional.linear(input, _value), shape.KeyValueHeads);

        // Each key-value head serves a run of neighbouring query heads.
        long group = shape.AttentionHeads / shape.KeyValueHeads;
        key = Repeat(key, group);
        value = Repeat(value, group);
        Tensor mixed = functional.scaled_dot_product_attention(query, key, value, visible, is_casual: visible is null);
        return functional.linear(mixed.transpose(1, 2).reshape(input.shape[0], input.shape[1], -1), _output);
    }

    /// <summary>[batch, heads, tokens, size] to [batch, heads * times, tokens, size], each head repeated.</summary>
    private static Tensor Repeat(Tensor heads, long times)
    {
        if (times == 1) return heads;
        (long batch, long count, long tokens, long size) = (heads.shape[0], heads.shape[1], heads.shape[2], heads.shape[3]);
        return heads.unsqueeze(2).expand(batch, count, times, tokens, size).reshape(batch, count * times, tokens, size);
    }

    private Tensor FeedForward(Tensor input) =>
        functional.linear(functional.silu(functional.linear(input, _gate)) * functional.linear(input, _up), _down);

    /// <summary>[batch, tokens, heads * size] to [batch, heads, tokens, size].</summary>
    private Tensor Heads(Tensor projected, int heads) =>
        projected.view(projected.shape[0], projected.shape[1], heads, shape.HeadSize).transpose(1, 2);
}
