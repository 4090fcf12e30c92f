using Trireme.Testing;
using Trireme.Training.Model;
using Trireme.Training.Output;
using TorchSharp;
using static TorchSharp.torch;

namespace Trireme.Training.Tests;

public class LlamaDecoderTests
{
    private static readonly DecoderShape Shape = new()
    {
        VocabularySize = 50,
        Layers = 2,
        HiddenSize = 32,
        IntermediateSize = 48,
        AttentionHeads = 4,
        KeyValueHeads = 2,
        ContextLength = 32,
    };

    /// <summary>The reference is the Llama of Hugging Face transformers, with grouped-query attention and a tied embedding.</summary>
    [Fact]
    public void Logits_and_loss_agree_with_transformers()
    {
        if (Fixtures.Find("engine/llama-tied") is not { } fixture)
        {
            Assert.Skip("The engine fixtures are not beside this checkout.");
            return;
        }

        var folder = new ModelFolder(fixture);
        using LlamaDecoder decoder = LlamaDecoder.Load(folder.ReadShape(), SafetensorsFile.Read(folder.ReadWeights()));
        ExpectedCase[] cases = [.. ExpectedCase.ReadAll(fixture)];
        Assert.NotEmpty(cases);
        foreach (ExpectedCase expected in cases)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable inference = no_grad();
            Tensor tokens = Row(expected.TokenIds);
            float[] logits = decoder.Forward(tokens)[0, -1].data<float>().ToArray();
            Assert.All(expected.LastTopTen, pair => Assert.Equal(pair.Logit, logits[pair.Token], 0.005));
            if (expected.MeanNegativeLogLikelihood is not { } mean) continue;
            Tensor loss = decoder.Loss(Row(expected.TokenIds[..^1]), Row(expected.TokenIds[1..]));
            Assert.Equal(mean, loss.item<float>(), 0.005);
        }
    }

    [Fact]
    public void A_token_never_sees_the_tokens_after_it()
    {
        using LlamaDecoder decoder = LlamaDecoder.Create(Shape, seed: 1);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = no_grad();
        Tensor one = decoder.Forward(Row([1, 2, 3, 4, 5]))[0, 2];
        Tensor other = decoder.Forward(Row([1, 2, 3, 40, 41]))[0, 2];
        Assert.True(one.allclose(other, atol: 1e-6));
    }

    [Fact]
    public void The_order_of_the_tokens_before_matters()
    {
        using LlamaDecoder decoder = LlamaDecoder.Create(Shape, seed: 1);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = no_grad();
        Tensor one = decoder.Forward(Row([1, 2, 3, 4, 5]))[0, 4];
        Tensor other = decoder.Forward(Row([2, 1, 3, 4, 5]))[0, 4];
        Assert.False(one.allclose(other, atol: 1e-6));
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights()
    {
        using LlamaDecoder one = LlamaDecoder.Create(Shape, seed: 1);
        using LlamaDecoder same = LlamaDecoder.Create(Shape, seed: 1);
        using LlamaDecoder other = LlamaDecoder.Create(Shape, seed: 2);
        Assert.Equal(SafetensorsFile.Write(one.WeightValues()), SafetensorsFile.Write(same.WeightValues()));
        Assert.NotEqual(SafetensorsFile.Write(one.WeightValues()), SafetensorsFile.Write(other.WeightValues()));
        Assert.Equal(Shape.ParameterCount, one.WeightValues().Sum(weight => weight.Values.LongLength));
    }

    [Fact]
    public void Missing_or_misshapen_weights_are_named()
    {
        using LlamaDecoder sound = LlamaDecoder.Create(Shape, seed: 1);
        Dictionary<string, (long[] Shape, float[] Values)> weights =
            sound.WeightValues().ToDictionary(weight => weight.Name, weight => (weight.Shape, weight.Values));
        weights["model.norm.weight"] = ([31], new float[31]);
        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => LlamaDecoder.Load(Shape, weights));
        Assert.Contains("model.norm.weight of shape [32]", exception.Message, StringComparison.Ordinal);
    }

    private static Tensor Row(int[] tokens) => tensor(tokens.Select(token => (long)token).ToArray(), [1, tokens.Length]);
}
