using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Trireme.Inference.Adapters;
using Trireme.Inference.Caching;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf;
using Trireme.Inference.Models;
using Trireme.Inference.Tests.Formats.Gguf;
using Trireme.Inference.Tests.Models;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Adapters;

/// <summary>Whole models with adapters, against merged weights and against themselves.</summary>
public sealed class AdapterForwardTests
{
    private const int RankMax = 8;

    private static readonly ModelConfig Awkward = SyntheticModel.Awkward;

    [Theory]
    [MemberData(nameof(FamilyTests.Families), MemberType = typeof(FamilyTests))]
    public void Logits_match_a_plain_double_precision_model_with_merged_weights(string name, string className, string keys)
    {
        ModelConfig config = FamilyTests.Config(className, keys);
        string dataType = new[] { "F32", "BF16", "F16" }[name.Length % 3];
        using var model = new SyntheticModel(config, "BF16", seed: name.Length);
        using var folder = new AdapterFolder(config, seed: 1, rank: 3, dataType);
        using LoraAdapter adapter = folder.Load(config);
        using var bench = new ForwardBench(config, model.Set, blockSize: 8, adapterRankMax: RankMax);
        int[] tokens = Tokens(40, seed: 1);
        float[][] logits = bench.Run(tokens, adapter);
        double[] without = new ReferenceModel(model).Logits(tokens)[^1];
        folder.MergeInto(model);
        double[][] expected = new ReferenceModel(model).Logits(tokens);
        for (int i = 0; i < tokens.Length; i++)
        {
            for (int token = 0; token < config.VocabularySize; token++) Assert.Equal(expected[i][token], logits[i][token], 1e-3);
        }

        Assert.True(expected[^1].Zip(without, (a, b) => Math.Abs(a - b)).Max() > 0.1, "The adapter changes nothing.");
    }

    public static TheoryData<string, string[], string> Settings => new()
    {
        { "some modules only", ["q_proj", "v_proj"], "{}" },
        { "the feed-forward network only", ["up_proj", "down_proj"], "{}" },
        { "ranks of their own", ["q_proj", "k_proj", "o_proj"], """{"rank_pattern":{"q_proj":7,"self_attn.k_proj":1}}""" },
        { "strengths of their own", ["q_proj", "gate_proj"], """{"alpha_pattern":{"^model.layers.1.mlp.gate_proj":32,"q_.*":1}}""" },
        { "a rank-stabilised scale", ["v_proj", "down_proj"], """{"use_rslora":true}""" },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void An_adapter_may_have(string name, string[] targets, string settings)
    {
        JsonObject wanted = JsonNode.Parse(settings)!.AsObject();
        int RankOf(string module) => !name.StartsWith("ranks", StringComparison.Ordinal) ? 4
            : module.EndsWith("q_proj", StringComparison.Ordinal) ? 7 : module.EndsWith("k_proj", StringComparison.Ordinal) ? 1 : 4;
        double ScaleOf(string module, int rank) => name switch
        {
            "a rank-stabilised scale" => 8 / Math.Sqrt(rank),
            "strengths of their own" when module == "model.layers.1.mlp.gate_proj" => 32.0 / rank,
            "strengths of their own" when module.EndsWith("q_proj", StringComparison.Ordinal) => 1.0 / rank,
            _ => 8.0 / rank,
        };
        using var model = new SyntheticModel(Awkward, "F32", seed: 4);
        using var folder = new AdapterFolder(Awkward, 2, rank: 4, "BF16", targets, RankOf, config =>
        {
            foreach ((string key, JsonNode? value) in wanted) config[key] = value?.DeepClone();
        });
        using LoraAdapter adapter = folder.Load(Awkward);
        using var bench = new ForwardBench(Awkward, model.Set, adapterRankMax: RankMax);
        int[] tokens = Tokens(12, seed: 3);
        float[] logits = bench.Run(tokens, adapter)[^1];
        folder.MergeInto(model, ScaleOf);
        double[] expected = new ReferenceModel(model).Logits(tokens)[^1];
        for (int token = 0; token < logits.Length; token++) Assert.Equal(expected[token], logits[token], 1e-3);
    }

    [Theory]
    [InlineData(WeightPrecision.Int8, 0.08)]
    [InlineData(WeightPrecision.Int4, 0.7)]
    public void Over_packed_weights_an_adapter_leads_to_the_merged_model(WeightPrecision precision, double tolerance)
    {
        using var model = new SyntheticModel(Awkward, "BF16", seed: 3);
        using var folder = new AdapterFolder(Awkward, seed: 5, rank: 8, "BF16");
        using LoraAdapter adapter = folder.Load(Awkward);
        using var bench = new ForwardBench(
            Awkward, model.Set, options: new WeightOptions { Precision = precision }, adapterRankMax: RankMax);
        int[] tokens = Tokens(20, 4);
        float[][] adapted = bench.Run(tokens, adapter), plain = bench.Run(tokens);
        folder.MergeInto(model);
        double[][] expected = new ReferenceModel(model).Logits(tokens);
        Assert.InRange(Distance(adapted, expected), 0, tolerance);
        Assert.True(Distance(plain, expected) > 2 * Distance(adapted, expected), "The adapter makes no difference.");
    }

    [Theory]
    [InlineData(WeightPrecision.AsStored, 1)]
    [InlineData(WeightPrecision.AsStored, 3)]
    [InlineData(WeightPrecision.Int8, 2)]
    [InlineData(WeightPrecision.Int4, 3)]
    public void A_token_gets_the_same_bits_whatever_adapters_share_its_batch(WeightPrecision precision, int threads)
    {
        using var model = new SyntheticModel(Awkward, "BF16", seed: 5);
        using AdapterFolder one = new(Awkward, seed: 1, rank: 8, "BF16"), two = new(Awkward, 2, rank: 3, "F32", ["q_proj", "up_proj"]);
        using LoraAdapter first = one.Load(Awkward), second = two.Load(Awkward);
        (int[] Tokens, LoraAdapter? Adapter)[] sequences =
        [
            (Tokens(40, 1), first), (Tokens(1, 2), second), (Tokens(23, 3), null), (Tokens(17, 4), second), (Tokens(16, 5), second),
            (Tokens(9, 6), first),
        ];
        float[][][] expected = [.. sequences.Select(sequence => Alone(model, precision, sequence.Tokens, sequence.Adapter))];
        // A row without an adapter gets what an engine without adapters gives it.
        using (var plain = new ForwardBench(Awkward, model.Set, options: new WeightOptions { Precision = precision }))
        {
            AssertSameBits(plain.Run(sequences[2].Tokens), expected[2]);
        }

        using ForwardBench together = Bench(model, precision, threads);
        foreach ((int[] tokens, LoraAdapter? adapter) in sequences)
        {
            together.Batch.Add(tokens, 0, together.Reserve(tokens.Length, adapter), tokens.Length);
        }

        AssertSameBits(expected.SelectMany(rows => rows), together.Run());

        using ForwardBench chunked = Bench(model, precision, threads);
        BlockTable table = chunked.Reserve(40, first), other = chunked.Reserve(23, second), none = chunked.Reserve(23);
        var rows = new List<float[]>();
        foreach ((int begin, int end) in new[] { (0, 7), (7, 8), (8, 25), (25, 40) })
        {
            chunked.Batch.Add(sequences[2].Tokens.AsSpan(0, 1 + (begin / 2)), 0, begin % 2 == 0 ? other : none, outputs: 0);
            chunked.Batch.Add(sequences[0].Tokens.AsSpan(begin, end - begin), begin, table, end - begin);
            rows.AddRange(chunked.Run());
        }

        AssertSameBits(expected[0], rows);

        // Another sequence of the same adapter takes over two blocks, as a prefix hit does.
        BlockTable reader = new() { Adapter = first };
        reader.Add(table.Blocks[0]);
        reader.Add(table.Blocks[1]);
        reader.Add(chunked.Reserve(1).Blocks[0]);
        chunked.Batch.Add(sequences[0].Tokens.AsSpan(32), 32, reader, 8);
        AssertSameBits(expected[0][32..], chunked.Run());
    }

    [Fact]
    public void Single_tokens_of_many_sequences_get_the_bits_they_get_alone()
    {
        using var model = new SyntheticModel(Awkward, "BF16", seed: 6);
        using AdapterFolder one = new(Awkward, seed: 1, rank: 5), two = new(Awkward, seed: 2, rank: 2, "BF16");
        using LoraAdapter first = one.Load(Awkward), second = two.Load(Awkward);
        LoraAdapter?[] adapters = [first, first, null, second, first, null, second, second, second];
        using ForwardBench together = Bench(model, WeightPrecision.AsStored, threads: 2);
        BlockTable[] tables = [.. adapters.Select(adapter => together.Reserve(8, adapter))];
        var rows = new List<float[]>[adapters.Length];
        for (int i = 0; i < rows.Length; i++) rows[i] = [];
        for (int position = 0; position < 8; position++)
        {
            for (int i = 0; i < adapters.Length; i++) together.Batch.Add(Tokens(8, i).AsSpan(position, 1), position, tables[i], 1);
            float[][] step = together.Run();
            for (int i = 0; i < adapters.Length; i++) rows[i].Add(step[i]);
        }

        for (int i = 0; i < adapters.Length; i++)
        {
            AssertSameBits(Alone(model, WeightPrecision.AsStored, Tokens(8, i), adapters[i]), rows[i]);
        }
    }

    [Fact]
    public void Over_a_gguf_file_whose_rows_lie_in_another_order_an_adapter_computes_the_same()
    {
        ModelConfig config = Awkward with { HiddenSize = 48, HeadDimension = 8 };
        using var model = new SyntheticModel(config, "F32", seed: 9);
        using var folder = new AdapterFolder(config, seed: 1);
        using LoraAdapter adapter = folder.Load(config);
        using var file = new TemporaryFolder();
        File.WriteAllBytes(file.File("model.gguf"), Convert(model));
        using var gguf = GgufSet.Open(file.File("model.gguf"));
        using ForwardBench expected = new(config, model.Set, adapterRankMax: RankMax);
        using ForwardBench actual = new(gguf.Config, gguf, adapterRankMax: RankMax);
        int[] tokens = Tokens(20, 1);
        AssertSameBits(expected.Run(tokens, adapter), actual.Run(tokens, adapter));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_step_with_adapters_allocates_nothing(int threads)
    {
        using var model = new SyntheticModel(Awkward, "BF16", seed: 7);
        using AdapterFolder one = new(Awkward, seed: 1), two = new(Awkward, seed: 2, dataType: "BF16");
        using LoraAdapter first = one.Load(Awkward), second = two.Load(Awkward);
        using ForwardBench bench = Bench(model, WeightPrecision.AsStored, threads);
        int[] prompt = Tokens(20, 1);
        BlockTable[] tables = [bench.Reserve(64, first), bench.Reserve(64), bench.Reserve(64, second)];
        void Step()
        {
            bench.Batch.Clear();
            bench.Batch.Add(prompt, 0, tables[0], outputs: 1);
            bench.Batch.Add(prompt.AsSpan(0, 1), 30, tables[1], outputs: 1);
            bench.Batch.Add(prompt.AsSpan(0, 1), 30, tables[2], outputs: 1);
            bench.Model.Run(bench.Batch);
            bench.Model.Logits(0, 3);
        }

        for (int i = 0; i < 50; i++) Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static float[][] Alone(SyntheticModel model, WeightPrecision precision, int[] tokens, LoraAdapter? adapter)
    {
        using ForwardBench bench = Bench(model, precision, threads: 1);
        return bench.Run(tokens, adapter);
    }

    private static ForwardBench Bench(SyntheticModel model, WeightPrecision precision, int threads) =>
        new(model.Config, model.Set, threads, options: new WeightOptions { Precision = precision }, adapterRankMax: RankMax);

    /// <summary>A model as llama.cpp's conversion writes it, with neighbouring rows of queries and keys turning together.</summary>
    private static byte[] Convert(SyntheticModel model)
    {
        ModelConfig config = model.Config;
        GgufBuilder builder = GgufBuilder.Llama(values =>
        {
            values["llama.context_length"] = (uint)config.ContextLength;
            values["llama.embedding_length"] = (uint)config.HiddenSize;
            values["llama.block_count"] = (uint)config.LayerCount;
            values["llama.feed_forward_length"] = (uint)config.IntermediateSize;
            values["llama.attention.head_count"] = (uint)config.AttentionHeadCount;
            values["llama.attention.head_count_kv"] = (uint)config.KeyValueHeadCount;
            values["llama.rope.freq_base"] = (float)config.Rope.Theta;
        });
        (string From, string To)[] names =
        [
            ("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"), ("lm_head", "output"), ("model.layers.", "blk."),
            ("input_layernorm", "attn_norm"), ("post_attention_layernorm", "ffn_norm"), ("self_attn.o_proj", "attn_output"),
            ("self_attn.", "attn_"), ("mlp.", "ffn_"), ("_proj", ""),
        ];
        foreach ((string name, Tensor tensor) in model.Tensors)
        {
            int columns = tensor.Shape[^1];
            float[] values = [.. tensor.Values.Select(value => (float)value)];
            if (name.Contains("q_proj", StringComparison.Ordinal) || name.Contains("k_proj", StringComparison.Ordinal))
            {
                var order = new RotaryRowOrder(config.HeadDimension);
                float[] inOrder = [.. values];
                for (int row = 0; row < tensor.Shape[0]; row++)
                {
                    inOrder.AsSpan(row * columns, columns).CopyTo(values.AsSpan(order.StoredRow(row) * columns));
                }
            }

            string renamed = names.Aggregate(name, (text, pair) => text.Replace(pair.From, pair.To, StringComparison.Ordinal));
            builder.AddSingles(renamed, [.. tensor.Shape.Reverse().Select(size => (ulong)size)], values);
        }

        return builder.Build();
    }

    /// <summary>Root of the mean square difference, relative to the size of what is expected.</summary>
    private static double Distance(float[][] actual, double[][] expected)
    {
        double squares = expected.Zip(actual, (e, a) => e.Zip(a, (x, y) => Math.Pow(x - y, 2)).Average()).Average();
        return Math.Sqrt(squares / expected.Average(row => row.Average(value => value * value)));
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
