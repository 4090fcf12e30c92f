using System.Runtime.InteropServices;
using System.Text.Json;
using Trireme.Inference.Caching;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;
using Trireme.Inference.Models;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Models;

/// <summary>Whole models over packed weights.</summary>
public sealed class QuantizedModelTests
{
    private static readonly ModelConfig Awkward = SyntheticModel.Awkward;

    public static TheoryData<string, ModelConfig, WeightPrecision> Configurations => new()
    {
        { "heads that are no whole blocks", Awkward, WeightPrecision.Int8 },
        { "heads of two blocks", Awkward with { HeadDimension = 64 }, WeightPrecision.Int8 },
        { "four bits", Awkward with { HeadDimension = 32 }, WeightPrecision.Int4 },
        {
            "tied embeddings and biases",
            Awkward with { TieWordEmbeddings = true, AttentionBias = true, MlpBias = true },
            WeightPrecision.Int4
        },
    };

    [Theory]
    [MemberData(nameof(Configurations))]
    public void A_token_gets_the_same_bits_alone_batched_chunked_and_on_any_path(string name, ModelConfig config, WeightPrecision precision)
    {
        using var model = new SyntheticModel(config, "BF16", seed: name.Length);
        int[] tokens = Tokens(40, 1);
        uint[][] expected = Bits(Run(new KernelChoice(KernelPath.Scalar, KernelPath.Scalar), threads: 1, tokens));
        foreach (KernelPath path in Enum.GetValues<KernelPath>().Where(path => path.IsSupported()))
        {
            Assert.Equal(expected, Bits(Run(new KernelChoice(path, path), threads: 1, tokens)));
        }

        Assert.Equal(expected, Bits(Run(KernelChoice.Best, threads: 3, tokens)));
        using ForwardBench chunked = Bench(KernelChoice.Best, threads: 2);
        BlockTable table = chunked.Reserve(40), other = chunked.Reserve(20);
        var rows = new List<float[]>();
        foreach ((int first, int end) in new[] { (0, 7), (7, 8), (8, 25), (25, 40) })
        {
            chunked.Batch.Add(Tokens(1 + (first / 2), 2), 0, other, outputs: 0);
            chunked.Batch.Add(tokens.AsSpan(first, end - first), first, table, end - first);
            rows.AddRange(chunked.Run());
        }

        Assert.Equal(expected, Bits(rows));
        float[][] Run(KernelChoice kernels, int threads, int[] prompt)
        {
            using ForwardBench bench = Bench(kernels, threads);
            return bench.Run(prompt);
        }

        ForwardBench Bench(KernelChoice kernels, int threads) =>
            new(config, model.Set, threads, options: new WeightOptions { Precision = precision, Kernels = kernels, Threads = threads });
    }

    [Theory]
    [InlineData(WeightPrecision.BFloat16, "F32", 0.02)]
    [InlineData(WeightPrecision.Int8, "BF16", 0.05)]
    [InlineData(WeightPrecision.Int8, "F16", 0.05)]
    [InlineData(WeightPrecision.Int4, "BF16", 0.6)]
    public void Logits_stay_near_those_of_the_stored_weights(WeightPrecision precision, string dataType, double tolerance)
    {
        using var model = new SyntheticModel(Awkward, dataType, seed: 3);
        using var exact = new ForwardBench(Awkward, model.Set);
        using var quantized = new ForwardBench(Awkward, model.Set, options: new WeightOptions { Precision = precision });
        float[][] expected = exact.Run(Tokens(20, 4)), actual = quantized.Run(Tokens(20, 4));
        double squares = expected.Zip(actual, (e, a) => e.Zip(a, (x, y) => Math.Pow(x - y, 2)).Average()).Average();
        double size = expected.Average(row => row.Average(value => Math.Pow(value, 2)));
        Assert.InRange(Math.Sqrt(squares / size), 0, tolerance);
    }

    [Theory]
    [InlineData(WeightPrecision.Int8, float.NaN)]
    [InlineData(WeightPrecision.Int4, float.PositiveInfinity)]
    [InlineData(WeightPrecision.Int8, 1e9f)]
    public void Weights_that_no_scale_can_hold_are_refused_by_name(WeightPrecision precision, float weight)
    {
        const string Name = "model.layers.1.mlp.up_proj.weight";
        ushort upperHalf = (ushort)(BitConverter.SingleToUInt32Bits(weight) >> 16);
        using var model = new SyntheticModel(
            Awkward, "BF16", seed: 1, tensors => BitConverter.TryWriteBytes(tensors[Name].Bytes.AsSpan(140), upperHalf));
        var refusal = Assert.Throws<ModelFormatException>(() =>
            new DecoderWeights(model.Config, model.Set, new WeightOptions { Precision = precision }).Dispose());
        string expected = $"the tensor \"{Name}\" has weights that are not finite, or too large for scales in half precision";
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_converted_weights_take_memory_of_their_own_size()
    {
        using var model = new SyntheticModel(Awkward with { HiddenSize = 64, IntermediateSize = 128, HeadDimension = 32 }, "BF16", seed: 1);
        using var stored = new DecoderWeights(model.Config, model.Set);
        using var eight = new DecoderWeights(model.Config, model.Set, new WeightOptions { Precision = WeightPrecision.Int8 });
        using var four = new DecoderWeights(model.Config, model.Set, new WeightOptions { Precision = WeightPrecision.Int4 });
        Assert.False(stored.QuantizesInputs);
        Assert.True(eight.QuantizesInputs);
        Assert.Equal(stored.ParameterCount, four.ParameterCount);
        Assert.InRange((double)eight.ByteLength / stored.ByteLength, 0.5, 0.58);
        Assert.InRange((double)four.ByteLength / stored.ByteLength, 0.28, 0.42);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_step_allocates_nothing(int threads)
    {
        using var model = new SyntheticModel(Awkward, "BF16", seed: 7);
        using var bench = new ForwardBench(Awkward, model.Set, threads, options: new WeightOptions { Precision = WeightPrecision.Int4 });
        int[] prompt = Tokens(20, 1);
        BlockTable first = bench.Reserve(64), second = bench.Reserve(64);
        void Step()
        {
            bench.Batch.Clear();
            bench.Batch.Add(prompt, 0, first, outputs: 1);
            bench.Batch.Add(prompt.AsSpan(0, 1), 30, second, outputs: 1);
            bench.Model.Run(bench.Batch);
            bench.Model.Logits(0, 2);
        }

        for (int i = 0; i < 50; i++) Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    // Random weights amplify rounding.
    [InlineData("llama-tied", WeightPrecision.Int8, 0.06)]
    [InlineData("llama3-rope", WeightPrecision.Int8, 0.06)]
    [InlineData("llama-tied", WeightPrecision.Int4, 0.4)]
    [InlineData("llama3-rope", WeightPrecision.Int4, 0.4)]
    public void Likelihoods_of_fixtures_stay_near_those_of_transformers(string name, WeightPrecision precision, double tolerance)
    {
        string? path = Fixtures.Find("engine/" + name);
        if (path is null) Assert.Skip("The model fixtures are not on this machine.");
        var config = ModelConfig.Load(Path.Combine(path, "config.json"));
        using var weights = SafetensorsSet.OpenFolder(path);
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(path, "expected.json")));
        foreach (JsonElement testCase in expected.RootElement.GetProperty("cases").EnumerateArray())
        {
            int[] tokens = [.. testCase.GetProperty("token_ids").EnumerateArray().Select(value => value.GetInt32())];
            if (tokens.Length < 2) continue;
            using var bench = new ForwardBench(config, weights, options: new WeightOptions { Precision = precision });
            float[][] logits = bench.Run(tokens);
            double mean = Enumerable.Range(1, tokens.Length - 1)
                .Average(i => Probabilities.LogSumExp(logits[i - 1]) - logits[i - 1][tokens[i]]);
            Assert.Equal(testCase.GetProperty("mean_nll").GetDouble(), mean, tolerance);
        }
    }

    private static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Awkward.VocabularySize))];
    }

    private static uint[][] Bits(IEnumerable<float[]> rows) => [.. rows.Select(row => MemoryMarshal.Cast<float, uint>(row).ToArray())];
}
