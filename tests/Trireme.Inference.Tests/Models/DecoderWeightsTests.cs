using Trireme.Inference.Formats;
using Trireme.Inference.Models;

namespace Trireme.Inference.Tests.Models;

public sealed class DecoderWeightsTests
{
    [Fact]
    public void Parameters_and_bytes_are_counted()
    {
        using var model = new SyntheticModel(SyntheticModel.Awkward, "BF16", seed: 1);
        using var weights = new DecoderWeights(model.Config, model.Set);
        Assert.Equal(model.Tensors.Values.Sum(tensor => tensor.Values.LongLength), weights.ParameterCount);
        long vectors = model.Tensors.Values.Where(tensor => tensor.Shape.Length == 1).Sum(tensor => tensor.Values.LongLength);
        Assert.Equal((2 * (weights.ParameterCount - vectors)) + (4 * vectors), weights.ByteLength);
    }

    [Fact]
    public void A_missing_weight_is_named() =>
        AssertRefused("model.layers.1.mlp.up_proj.weight", tensors => tensors.Remove("model.layers.1.mlp.up_proj.weight"));

    [Fact]
    public void A_missing_bias_that_the_configuration_asks_for_is_named() =>
        AssertRefused(
            "model.layers.0.self_attn.k_proj.bias",
            tensors => tensors.Remove("model.layers.0.self_attn.k_proj.bias"),
            SyntheticModel.Awkward with { AttentionBias = true });

    [Fact]
    public void A_weight_of_another_shape_is_named() =>
        AssertRefused("lm_head.weight", tensors => tensors["lm_head.weight"] = tensors["lm_head.weight"] with { Shape = [36, 77] });

    [Fact]
    public void A_weight_that_nothing_uses_is_named() =>
        AssertRefused(
            "model.layers.0.self_attn.q_norm.weight",
            tensors => tensors.Add("model.layers.0.self_attn.q_norm.weight", tensors["model.norm.weight"]));

    [Fact]
    public void A_bias_the_configuration_does_not_mention_is_used()
    {
        using var model = new SyntheticModel(
            SyntheticModel.Awkward,
            "BF16",
            seed: 1,
            tensors => tensors.Add("model.layers.0.self_attn.o_proj.bias", tensors["model.norm.weight"]));
        using var bench = new ForwardBench(model.Config, model.Set);
        float[] logits = bench.Run([1, 2, 3])[^1];
        double[] expected = new ReferenceModel(model).Logits([1, 2, 3])[^1];
        for (int i = 0; i < logits.Length; i++) Assert.Equal(expected[i], logits[i], 5e-4);
    }

    private static void AssertRefused(string tensor, Action<Dictionary<string, Tensor>> change, ModelConfig? config = null)
    {
        using var model = new SyntheticModel(config ?? SyntheticModel.Awkward, "BF16", seed: 1, change);
        var refusal = Assert.Throws<ModelFormatException>(() => new DecoderWeights(model.Config, model.Set));
        Assert.Contains(tensor, refusal.Message, StringComparison.Ordinal);
    }
}
