using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf.Writing;
using Trireme.Inference.Tests.Models;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Formats.Gguf.Writing;

public sealed class RandomModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_random_model_opens_computes_and_encodes_any_text()
    {
        ModelShape shape = ModelShape.Known[0];
        string path = Write(shape, "a.gguf", seed: 1);
        using var model = StoredModel.Open(path);
        Assert.Equal(Sizes(shape.Config), Sizes(model.Config));
        const string Text = "Any text, naïve or \U0001F980, 2024.\n";
        int[] tokens = model.Tokenizer.Encode(Text, addSpecial: false);
        Assert.Equal(Text, model.Tokenizer.Decode(tokens));
        Assert.InRange(tokens.Length, 1, Text.Length);
        using var bench = new ForwardBench(model.Config, model.Weights, contextLength: 64);
        float[] logits = bench.Run(tokens)[^1];
        Assert.All(logits, logit => Assert.InRange(logit, -20, 20));
        Assert.True(logits.Max() - logits.Min() > 2, "The logits are flat.");
    }

    [Fact]
    public void The_seed_decides_the_bytes()
    {
        ModelShape shape = ModelShape.Known[0];
        byte[] first = File.ReadAllBytes(Write(shape, "a.gguf", seed: 1));
        Assert.Equal(first, File.ReadAllBytes(Write(shape, "b.gguf", seed: 1)));
        Assert.NotEqual(first, File.ReadAllBytes(Write(shape, "c.gguf", seed: 2)));
    }

    private static (int, int, int, int, double) Sizes(ModelConfig config) =>
        (config.HiddenSize, config.LayerCount, config.VocabularySize, config.ContextLength, config.Rope.Theta);

    private string Write(ModelShape shape, string name, long seed)
    {
        string path = _folder.File(name);
        RandomModel.Write(shape, TensorType.Q4_0, path, seed, threads: 2, progress: null, CancellationToken.None);
        return path;
    }
}
