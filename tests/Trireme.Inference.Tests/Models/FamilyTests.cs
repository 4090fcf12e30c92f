using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.Inference.Caching;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tests.Models;

/// <summary>Every family with random weights, from a config.json in its own keys to logits.</summary>
public sealed class FamilyTests
{
    private const string Shape = """
        "hidden_size": 36, "intermediate_size": 52, "num_hidden_layers": 4, "num_attention_heads": 6, "num_key_value_heads": 2,
        "head_dim": 12, "vocab_size": 77, "max_position_embeddings": 256, "rms_norm_eps": 1e-5
        """;

    private const string Factors = """
        "short_factor": [1, 1.5, 2, 2.5], "long_factor": [1, 4, 9, 30]
        """;

    /// <summary>Name, the class in config.json, and the keys beside the shape.</summary>
    public static TheoryData<string, string, string> Families => new()
    {
        { "Llama with biases", "LlamaForCausalLM", """ "attention_bias": true, "mlp_bias": true """ },
        { "Mistral without a window", "MistralForCausalLM", """ "sliding_window": null """ },
        { "Mistral with a window", "MistralForCausalLM", """ "sliding_window": 13 """ },
        { "Mistral that sees itself only", "MistralForCausalLM", """ "sliding_window": 1 """ },
        { "Qwen 2", "Qwen2ForCausalLM", """ "tie_word_embeddings": true """ },
        {
            "Qwen 2 with windows in its upper layers",
            "Qwen2ForCausalLM",
            """ "use_sliding_window": true, "sliding_window": 9, "max_window_layers": 2 """
        },
        { "Qwen 3", "Qwen3ForCausalLM", """ "rope_theta": 1000000 """ },
        { "Gemma 2", "Gemma2ForCausalLM", """ "sliding_window": 11, "query_pre_attn_scalar": 20 """ },
        {
            "Gemma 2 with low caps",
            "Gemma2ForCausalLM",
            """ "sliding_window": 24, "query_pre_attn_scalar": 7, "attn_logit_softcapping": 1.5, "final_logit_softcapping": 2 """
        },
        {
            "Gemma 2 without caps",
            "Gemma2ForCausalLM",
            """ "attn_logit_softcapping": null, "final_logit_softcapping": null, "tie_word_embeddings": false """
        },
        { "Phi 3", "Phi3ForCausalLM", """ "sliding_window": 30 """ },
        {
            "Phi 3 beyond its original context",
            "Phi3ForCausalLM",
            $$"""
            "partial_rotary_factor": 0.7, "original_max_position_embeddings": 64, "rope_scaling": { "type": "longrope", {{Factors}} }
            """
        },
        {
            "Phi 3 with biases and the older name of its scaling",
            "Phi3ForCausalLM",
            $$"""
            "attention_bias": true, "partial_rotary_factor": 0.7,
            "rope_scaling": { "type": "su", "original_max_position_embeddings": 128, {{Factors}} }
            """
        },
    };

    [Theory]
    [MemberData(nameof(Families))]
    public void Logits_match_a_plain_double_precision_model(string name, string className, string keys)
    {
        using var model = new SyntheticModel(Config(className, keys), "BF16", seed: name.Length);
        using var bench = new ForwardBench(model.Config, model.Set, blockSize: 8);
        int[] tokens = Tokens(50, seed: 1);
        double[][] expected = new ReferenceModel(model).Logits(tokens);
        float[][] logits = bench.Run(tokens);
        for (int i = 0; i < tokens.Length; i++)
        {
            for (int token = 0; token < model.Config.VocabularySize; token++) Assert.Equal(expected[i][token], logits[i][token], 5e-4);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_token_gets_the_same_bits_in_one_piece_in_chunks_and_alone(string name, string className, string keys)
    {
        using var model = new SyntheticModel(Config(className, keys), "BF16", seed: name.Length);
        int[] prompt = Tokens(70, 1), other = Tokens(45, 2);
        using var whole = new ForwardBench(model.Config, model.Set);
        float[][] expected = whole.Run(prompt);

        using var chunked = new ForwardBench(model.Config, model.Set, threads: 3);
        BlockTable table = chunked.Reserve(prompt.Length), neighbour = chunked.Reserve(other.Length);
        var rows = new List<float[]>();
        foreach ((int first, int end) in new[] { (0, 5), (5, 6), (6, 37), (37, 39), (39, 69), (69, 70) })
        {
            chunked.Batch.Add(other.AsSpan(0, Math.Max(1, first / 2)), 0, neighbour, outputs: 0);
            chunked.Batch.Add(prompt.AsSpan(first, end - first), first, table, end - first);
            rows.AddRange(chunked.Run());
        }

        Assert.Equal(expected.Select(Bits), rows.Select(Bits));
    }

    [Fact]
    public void A_served_context_within_the_original_one_takes_the_short_factors()
    {
        const string Keys = $$"""
            "partial_rotary_factor": 0.7, "original_max_position_embeddings": 64, "rope_scaling": { "type": "longrope", {{Factors}} }
            """;
        using var model = new SyntheticModel(Config("Phi3ForCausalLM", Keys), "BF16", seed: 3);
        int[] tokens = Tokens(40, seed: 1);
        using var bench = new ForwardBench(model.Config, model.Set, contextLength: 64);
        double[] expected = new ReferenceModel(model, servedContext: 64).Logits(tokens)[^1];
        double[] other = new ReferenceModel(model, servedContext: 65).Logits(tokens)[^1];
        float[] logits = bench.Run(tokens)[^1];
        for (int i = 0; i < logits.Length; i++) Assert.Equal(expected[i], logits[i], 5e-4);
        Assert.True(other.Zip(expected, (a, b) => Math.Abs(a - b)).Max() > 0.01, "Both lists give the same.");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Keys_and_values_in_eight_bits_move_logits_little_and_alike_in_one_piece_and_in_chunks(
        string name, string className, string keys)
    {
        using var model = new SyntheticModel(Config(className, keys), "BF16", seed: name.Length);
        int[] tokens = Tokens(50, seed: 1);
        using var exact = new ForwardBench(model.Config, model.Set);
        using var bench = new ForwardBench(model.Config, model.Set, precision: KvPrecision.Int8);
        float[][] expected = exact.Run(tokens), logits = bench.Run(tokens);
        double difference = logits.Zip(expected, (a, b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max()).Max();
        // Random weights amplify rounding from layer to layer.
        Assert.InRange(difference, 1e-5, 0.5);

        using var chunked = new ForwardBench(model.Config, model.Set, threads: 2, precision: KvPrecision.Int8);
        BlockTable table = chunked.Reserve(tokens.Length);
        chunked.Batch.Add(tokens.AsSpan(0, 21), 0, table, outputs: 0);
        chunked.Run();
        chunked.Batch.Add(tokens.AsSpan(21), 21, table, tokens.Length - 21);
        Assert.Equal(logits[21..].Select(Bits), chunked.Run().Select(Bits));
    }

    internal static ModelConfig Config(string className, string keys) =>
        ModelConfigReader.Read(JsonSection.Parse(Encoding.UTF8.GetBytes(ConfigJson(className, keys).ToJsonString()), "config.json"));

    /// <summary>A config.json of the tests' shape.</summary>
    internal static JsonNode ConfigJson(string className, string keys) =>
        JsonNode.Parse($$"""{ "architectures": ["{{className}}"], {{Shape}}, {{keys}} }""")!;

    private static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(77))];
    }

    private static uint[] Bits(float[] row) => MemoryMarshal.Cast<float, uint>(row).ToArray();
}
