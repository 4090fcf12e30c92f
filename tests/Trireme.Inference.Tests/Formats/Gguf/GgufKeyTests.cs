using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Formats.Gguf;

/// <summary>Keys that change the computation are used or refused, and models may be split into parts.</summary>
public sealed class GgufKeyTests : IDisposable
{
    private static readonly float[] Embedding = [.. Enumerable.Range(0, 64).Select(i => (float)i)];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, object, string> RefusedKeys => new()
    {
        { "llama.rope.scaling.attn_factor", 1.2f, "'llama.rope.scaling.attn_factor' is 1.2" },
        { "llama.rope.scaling.factor", -1f, "is -1; expected 0 to 1000000" },
        { "llama.rope.dimension_sections", new[] { 1, 2 }, "'llama.rope.dimension_sections' is one this engine does not know" },
        { "llama.attention.temperature_scale", 0.1f, "'llama.attention.temperature_scale' is one this engine does not know" },
        { "llama.attention.causal", false, "'llama.attention.causal' is 0; the engine computes with 1" },
        { "llama.logit_scale", 0.5f, "'llama.logit_scale' is 0.5; the engine computes with 1" },
        { "llama.embedding_scale", 12f, "'llama.embedding_scale' is 12" },
        { "llama.residual_scale", 0.2f, "'llama.residual_scale' is 0.2" },
        { "llama.use_parallel_residual", true, "'llama.use_parallel_residual' is 1" },
        { "llama.attention.clamp_kqv", 8f, "'llama.attention.clamp_kqv' is 8" },
        { "llama.attention.max_alibi_bias", 8f, "'llama.attention.max_alibi_bias' is 8" },
        { "llama.leading_dense_block_count", 1u, "'llama.leading_dense_block_count' is 1" },
        { "llama.attention.causal", "yes", "'llama.attention.causal' is" },
        { "tokenizer.ggml.add_sep_token", true, "'tokenizer.ggml.add_sep_token' is true" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(RefusedKeys))]
    public void A_key_that_changes_the_computation_and_is_not_read_is_refused_by_name(string key, object value, string reason)
    {
        byte[] file = GgufBuilder.Llama(values => values[key] = value).AddSingles("token_embd.weight", [16, 4], Embedding).Build();
        Assert.Contains(reason, Assert.Throws<ModelFormatException>(() => Open(file)).Message, StringComparison.Ordinal);
    }

    /// <summary>As in llama.cpp: a factor without a type divides positions, under either name; no scaling says no scaling.</summary>
    [Theory]
    [InlineData("rope.scaling.factor", 4.0, null, 4.0)]
    [InlineData("rope.scale_linear", 2.0, null, 2.0)]
    [InlineData("rope.scaling.factor", 4.0, "linear", 4.0)]
    [InlineData("rope.scaling.factor", 4.0, "none", 1.0)]
    [InlineData("rope.scaling.factor", 0.0, null, 1.0)]
    [InlineData("rope.scaling.factor", 1.0, null, 1.0)]
    public void A_factor_divides_positions(string key, double factor, string? type, double expected)
    {
        GgufBuilder Build() => GgufBuilder.Llama(values =>
        {
            values["llama." + key] = (float)factor;
            if (type is not null) values["llama.rope.scaling.type"] = type;
        }).AddSingles("token_embd.weight", [16, 4], Embedding);
        using (GgufSet plain = Open(Build().Build()))
        {
            Assert.Equal(expected == 1 ? null : [expected, expected, expected, expected], plain.Config.Rope.FrequencyDivisors);
        }

        // Divisors that the file has as a tensor count too.
        using GgufSet set = Open(Build().AddSingles("rope_freqs.weight", [4], 1, 2, 4, 8).Build());
        Assert.Equal([expected, 2 * expected, 4 * expected, 8 * expected], set.Config.Rope.FrequencyDivisors);
    }

    [Fact]
    public void The_older_name_of_the_factor_gives_way_to_the_newer()
    {
        using GgufSet set = Open(GgufBuilder.Llama(values =>
        {
            values["llama.rope.scaling.factor"] = 4f;
            values["llama.rope.scale_linear"] = 2f;
        }).AddSingles("token_embd.weight", [16, 4], Embedding).Build());
        Assert.Equal([4, 4, 4, 4], set.Config.Rope.FrequencyDivisors);
    }

    [Fact]
    public void Keys_that_change_nothing_are_let_be()
    {
        using GgufSet set = Open(GgufBuilder.Llama(values =>
        {
            values["llama.vocab_size"] = 4u;
            values["llama.rope.scaling.finetuned"] = false;
            values["llama.tensor_data_layout"] = "Meta AI original pth";
            values["llama.attention.causal"] = true;
            values["llama.logit_scale"] = 1f;
            values["llama.expert_used_count"] = 0u;
            values["general.name"] = "A name";
            values["something.else"] = "of a program";
        }).AddSingles("token_embd.weight", [16, 4], Embedding).Build());
        Assert.Null(set.Config.Rope.FrequencyDivisors);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_split_model_is_read_whole_whichever_part_is_named(int named)
    {
        string[] parts = WriteParts(tensors: 3);
        using var set = GgufSet.Open(parts[named - 1]);
        Assert.Equal(
            ["model.embed_tokens.weight", "model.layers.0.mlp.down_proj.weight", "model.norm.weight"],
            set.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        Assert.Equal(3, set.StoredTensors.Count);
        var norm = new float[1];
        TensorRows.Read(set.Get("model.norm.weight", 1), 0, norm);
        Assert.Equal(7, norm[0]);
    }

    [Fact]
    public void Parts_that_are_missing_or_of_another_model_are_named()
    {
        string[] parts = WriteParts(tensors: 4);
        Assert.Contains("'split.tensors.count' is 4, and the files have 3 tensors", Refusal(parts[0]), StringComparison.Ordinal);
        parts = WriteParts(tensors: 3);
        File.Copy(parts[2], parts[1], overwrite: true);
        Assert.Contains("'split.no' is 2, and by its name the file is part 1", Refusal(parts[0]), StringComparison.Ordinal);
        File.Delete(parts[1]);
        Assert.StartsWith("model-00002-of-00003.gguf: it cannot be read", Refusal(parts[0]), StringComparison.Ordinal);
        string alone = _folder.File("alone.gguf");
        File.Copy(parts[0], alone);
        Assert.Contains("'split.count' is 3, and by its name the file is one of 1", Refusal(alone), StringComparison.Ordinal);

        static string Refusal(string path) => Assert.Throws<ModelFormatException>(() => GgufSet.Open(path)).Message;
    }

    private string[] WriteParts(int tensors)
    {
        string[] parts = [.. Enumerable.Range(1, 3).Select(part => _folder.File($"model-0000{part}-of-00003.gguf"))];
        for (int i = 0; i < parts.Length; i++)
        {
            GgufBuilder builder = (i == 0 ? GgufBuilder.Llama() : new GgufBuilder())
                .Add("split.no", (ushort)i).Add("split.count", (ushort)3).Add("split.tensors.count", tensors);
            File.WriteAllBytes(parts[i], (i switch
            {
                0 => builder.AddSingles("token_embd.weight", [16, 4], Embedding),
                1 => builder.AddSingles("blk.0.ffn_down.weight", [1, 1], 5),
                _ => builder.AddSingles("output_norm.weight", [1], 7),
            }).Build());
        }

        return parts;
    }

    private GgufSet Open(byte[] content)
    {
        string path = _folder.File("model.gguf");
        File.WriteAllBytes(path, content);
        return GgufSet.Open(path);
    }
}
