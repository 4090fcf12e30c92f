using System.Runtime.InteropServices;
using Trireme.Inference.Caching;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tests.Models;

public sealed class ForwardPassTests
{
    private static readonly ModelConfig Awkward = SyntheticModel.Awkward;

    public static TheoryData<string, ModelConfig, string> Configurations => new()
    {
        { "grouped queries and odd sizes", Awkward, "BF16" },
        { "float16 weights", Awkward, "F16" },
        { "float32 weights", Awkward, "F32" },
        { "tied embeddings", Awkward with { TieWordEmbeddings = true }, "BF16" },
        { "biases everywhere", Awkward with { AttentionBias = true, MlpBias = true }, "BF16" },
        { "one key head for all", Awkward with { KeyValueHeadCount = 1 }, "BF16" },
        { "a key head for each query head", Awkward with { KeyValueHeadCount = 6, HeadDimension = 8 }, "F32" },
    };

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Logits_match_a_plain_double_precision_model(string name, ModelConfig config, string dataType)
    {
        using var model = new SyntheticModel(config, dataType, seed: name.Length);
        using var bench = new ForwardBench(config, model.Set, blockSize: 8);
        int[] tokens = Tokens(21, seed: 1);
        double[][] expected = new ReferenceModel(model).Logits(tokens);
        float[][] logits = bench.Run(tokens);
        for (int i = 0; i < tokens.Length; i++)
        {
            for (int token = 0; token < config.VocabularySize; token++) Assert.Equal(expected[i][token], logits[i][token], 5e-4);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_token_gets_the_same_bits_alone_batched_chunked_and_from_the_cache(int threads)
    {
        using var model = new SyntheticModel(Awkward, "BF16", seed: 5);
        int[][] prompts = [Tokens(40, 1), Tokens(1, 2), Tokens(23, 3), Tokens(16, 4)];
        using var alone = new ForwardBench(Awkward, model.Set);
        float[][][] expected = [.. prompts.Select(alone.Run)];

        using var batched = new ForwardBench(Awkward, model.Set, threads);
        foreach (int[] prompt in prompts) batched.Batch.Add(prompt, 0, batched.Reserve(prompt.Length), prompt.Length);
        AssertSameBits(expected.SelectMany(rows => rows), batched.Run());

        using var chunked = new ForwardBench(Awkward, model.Set, threads);
        BlockTable table = chunked.Reserve(40), other = chunked.Reserve(23);
        var rows = new List<float[]>();
        foreach ((int first, int end) in new[] { (0, 7), (7, 8), (8, 25), (25, 40) })
        {
            // Another sequence comes along in each step, which shifts the tiles the chunk's tokens fall into.
            chunked.Batch.Add(prompts[2].AsSpan(0, Math.Max(1, first / 2)), 0, other, outputs: 0);
            chunked.Batch.Add(prompts[0].AsSpan(first, end - first), first, table, end - first);
            rows.AddRange(chunked.Run());
        }

        AssertSameBits(expected[0], rows);

        // Another sequence takes over the first two blocks, as a prefix hit does, and computes the rest itself.
        using var cached = new ForwardBench(Awkward, model.Set, threads);
        BlockTable owner = cached.Reserve(40), reader = new();
        cached.Batch.Add(prompts[0], 0, owner, 0);
        cached.Run();
        reader.Add(owner.Blocks[0]);
        reader.Add(owner.Blocks[1]);
        reader.Add(cached.Reserve(1).Blocks[0]);
        cached.Batch.Add(prompts[0].AsSpan(32), 32, reader, 8);
        AssertSameBits(expected[0][32..], cached.Run());
    }

    [Fact]
    public void Sequences_of_one_batch_may_share_blocks_that_the_batch_itself_computes()
    {
        using var model = new SyntheticModel(Awkward, "BF16", seed: 6);
        int[] prompt = Tokens(24, 1);
        using var alone = new ForwardBench(Awkward, model.Set);
        float[][] expected = alone.Run(prompt);

        using var bench = new ForwardBench(Awkward, model.Set);
        BlockTable first = bench.Reserve(24), second = new();
        second.Add(first.Blocks[0]);
        second.Add(bench.Reserve(1).Blocks[0]);
        bench.Batch.Add(prompt.AsSpan(16), 16, second, 8);
        bench.Batch.Add(prompt, 0, first, 0);
        AssertSameBits(expected[16..], bench.Run());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_step_allocates_nothing(int threads)
    {
        using var model = new SyntheticModel(Awkward, "BF16", seed: 7);
        using var bench = new ForwardBench(Awkward, model.Set, threads);
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

    private static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Awkward.VocabularySize))];
    }

    private static void AssertSameBits(IEnumerable<float[]> expected, IEnumerable<float[]> actual) =>
        Assert.Equal(expected.Select(Bits), actual.Select(Bits));

    private static uint[] Bits(float[] row) => MemoryMarshal.Cast<float, uint>(row).ToArray();
}
