using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf;
using Trireme.Inference.Models;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Formats.Gguf;

public sealed class GgufTests : IDisposable
{
    private static readonly float[] Embedding = [.. Enumerable.Range(0, 64).Select(i => (float)i)];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, object?, string> RefusedKeys => new()
    {
        { "general.architecture", null, "'general.architecture' is missing" },
        { "general.architecture", "mamba", "is 'mamba'; this engine runs llama, qwen2, qwen3, gemma2, phi3" },
        { "general.architecture", 7u, "is of type UInt32; expected a string" },
        { "general.alignment", 24u, "is 24; expected a power of two" },
        { "general.alignment", 0u, "expected a whole number from 1" },
        { "llama.embedding_length", null, "'llama.embedding_length' is missing" },
        { "llama.embedding_length", -1, "is -1; expected a whole number from 1" },
        { "llama.embedding_length", ulong.MaxValue, "is 18446744073709551615; expected" },
        { "llama.embedding_length", 16f, "is of type Single; expected a whole number" },
        { "llama.embedding_length", 15u, "do not divide 15" },
        { "llama.attention.head_count_kv", 3u, "which does not divide 2 heads" },
        { "llama.attention.head_count_kv", new[] { 1, 2 }, "differs between layers" },
        { "llama.attention.head_count_kv", Array.Empty<int>(), "expected a whole number" },
        { "llama.attention.key_length", 7u, "rotary embedding needs an even number" },
        { "llama.attention.value_length", 4u, "keys have 8" },
        { "llama.attention.layer_norm_rms_epsilon", null, "is missing; expected a number" },
        { "llama.attention.layer_norm_rms_epsilon", float.NaN, "is NaN; expected 1E-12 to 1" },
        { "llama.expert_count", 8u, "models without experts" },
        { "llama.rope.dimension_count", 4u, "turns whole heads of 8" },
        { "llama.rope.scaling.type", "yarn", "is 'yarn'; known are none, linear" },
        { "llama.rope.scaling.type", "longrope", "is 'longrope'; known are none, linear" },
        { "split.count", 3u, "'split.count' is 3, and by its name the file is one of 1" },
    };

    public static TheoryData<string, byte[], string> MalformedFiles => new()
    {
        { "another magic number", [.. "GGML"u8, .. new byte[20]], "does not begin with GGUF" },
        { "a short file", [.. "GGUF"u8, 3, 0, 0, 0], "fewer than a header" },
        { "version 1", new GgufBuilder { Version = 1 }.Build(), "has version 1; versions 2 and 3 are read" },
        { "a big-endian file", new GgufBuilder { Version = 0x03000000 }.Build(), "it is big-endian" },
        { "many tensors", Header(tensors: ulong.MaxValue, keys: 0), "the number of tensors is 18446744073709551615" },
        { "many keys", Header(tensors: 0, keys: 1 << 20), "the number of metadata keys is 1048576" },
        {
            "a key of enormous length",
            [.. Header(0, 1), .. U64(ulong.MaxValue), .. new byte[32]],
            "metadata key 1 has 18446744073709551615 bytes"
        },
        { "a key that is no text", [.. Header(0, 1), .. U64(1), 0xFF, .. U32(4), .. U32(1)], "metadata key 1 is no UTF-8 text" },
        { "an unknown value type", [.. Header(0, 1), .. Key("a"), .. U32(13), .. U64(1)], "key 'a' has type 13" },
        { "a value that is cut", [.. Header(0, 1), .. Key("a"), .. U32(10), 1, 2], "within a" },
        {
            "an enormous list",
            [.. Header(0, 1), .. Key("a"), .. U32(9), .. U32(4), .. U64(1UL << 40)],
            "the length of 'a' is 1099511627776"
        },
        { "a key twice", new GgufBuilder().Add("a", 1).Add("a", 2).Build(), "metadata key 'a' appears twice" },
        { "deep lists", [.. Header(0, 1), .. Key("a"), .. U32(9), .. NestedLists(9)], "holds lists more than 4 deep" },
        { "no tensors", GgufBuilder.Llama().Build(), "has no matrix 'token_embd.weight'" },
        { "no dimensions", With(builder => builder.AddTensor("x", 0, [], [])), "has 0 dimensions" },
        { "an empty dimension", With(builder => builder.AddTensor("x", 0, [4, 0], [])), "has a dimension of 0" },
        { "an enormous shape", With(builder => builder.AddTensor("x", 0, [1 << 30, 1 << 30, 1 << 30], [])), "larger than the file" },
        {
            "an unknown type",
            With(builder => builder.AddTensor("x", 10, [32], new byte[32])),
            "has ggml type 10; known are F32 (0), F16 (1)"
        },
        {
            "part of a block",
            With(builder => builder.AddTensor("x", 8, [33, 1], new byte[68])),
            "rows of 33 elements; Q8_0 needs a multiple of 32"
        },
        { "a quantised vector", With(builder => builder.AddTensor("x", 8, [32], new byte[34])), "is a vector of Q8_0" },
        {
            "an unaligned offset",
            With(builder => builder.AddTensor("x", 0, [1], new byte[4], offset: 4)),
            "no multiple of the alignment 32"
        },
        { "data beyond the end", With(builder => builder.AddTensor("x", 0, [2], new byte[4])), "has 8 bytes from byte 256" },
        {
            "an offset beyond the end",
            With(builder => builder.AddTensor("x", 0, [1], new byte[4], 1UL << 62)),
            "from byte 4611686018427387904"
        },
        { "overlapping tensors", With(builder => builder.AddTensor("x", 0, [1], new byte[4], offset: 0)), "tensor 'x' overlaps another" },
        { "a name twice", With(builder => builder.AddSingles("token_embd.weight", [1], 1)), "'token_embd.weight' appears twice" },
        {
            "a tensor under two names",
            With(builder => builder.AddSingles("blk.0.ffn_up.weight", [1], 1).AddSingles("blk.00.ffn_up.weight", [1], 1)),
            "there under another name"
        },
        {
            "queries of half a head",
            With(builder => builder.AddSingles("blk.0.attn_q.weight", [1, 4], new float[4])),
            "no multiple of the head's 8"
        },
        { "too few rotary factors", With(builder => builder.AddSingles("rope_freqs.weight", [2], 1, 1)), "has no 4 F32 numbers" },
        { "a rotary factor of 0", With(builder => builder.AddSingles("rope_freqs.weight", [4], 1, 1, 0, 1)), "not above 0" },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Keys_become_the_configuration()
    {
        using GgufSet set = Open(GgufBuilder.Llama(values => values["llama.attention.head_count_kv"] = new[] { 1, 1, 1 })
            .AddSingles("token_embd.weight", [16, 4], Embedding)
            .AddSingles("rope_freqs.weight", [4], 1, 2, 4, 8).Build());
        ModelConfig config = set.Config;
        Assert.Equal("llama", config.Architecture);
        Assert.Equal((16, 24, 1), (config.HiddenSize, config.IntermediateSize, config.LayerCount));
        Assert.Equal((64, 4), (config.ContextLength, config.VocabularySize));
        Assert.Equal((2, 1, 8), (config.AttentionHeadCount, config.KeyValueHeadCount, config.HeadDimension));
        Assert.Equal((1e-5f, 5000d, true), (config.RmsNormEpsilon, config.Rope.Theta, config.TieWordEmbeddings));
        Assert.Equal([1, 2, 4, 8], config.Rope.FrequencyDivisors);
        Assert.False(set.TryGet("rope_freqs.weight", out _));
        var plain = new RotaryFrequencies(new RopeConfig { Theta = 5000 }, 8, 64);
        var divided = new RotaryFrequencies(config.Rope, 8, 64);
        float[] angles = new float[4], divisors = new float[4], unused = new float[4];
        plain.Fill(1, unused, angles);
        divided.Fill(8, unused, divisors);
        // An eighth of the frequency at eight times the position is the same angle.
        Assert.Equal(angles[3], divisors[3], 1e-6);
    }

    [Theory]
    [InlineData("llama", true)]
    [InlineData("qwen2", false)]
    public void Query_and_key_rows_come_in_the_order_of_their_halves(string architecture, bool moved)
    {
        float[] rows = [.. Enumerable.Range(0, 32).Select(i => (float)(i / 2))];
        using GgufSet set = Open(Described(architecture).AddSingles("token_embd.weight", [16, 4], Embedding)
            .AddSingles("blk.0.attn_q.weight", [2, 16], rows)
            .AddSingles("blk.0.attn_k.bias", [8], 0, 1, 2, 3, 4, 5, 6, 7)
            .AddSingles("blk.0.attn_v.weight", [2, 16], rows).Build());
        ModelTensor query = set.Get("model.layers.0.self_attn.q_proj.weight", 16, 2);
        // In the file a head is pair 0, pair 1, ...; each pair its first and its second half.
        int[] stored = moved ? [0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15] : [.. Enumerable.Range(0, 16)];
        Assert.Equal(stored.SelectMany(row => (float[])[row, row]), Read(query, 0, 32));
        Assert.Equal(stored.SelectMany(row => (float[])[row, row]).Skip(3).Take(10), Read(query, 3, 10));
        Assert.Equal(stored[..8].Select(row => (float)row), Read(set.Get("model.layers.0.self_attn.k_proj.bias", 8), 0, 8));
        Assert.Equal(BitConverter.GetBytes((float)stored[5]), query.RowBytes(5)[..4].ToArray());
        Assert.Equal(!moved, query.RowsInOrder);
        Assert.True(set.Get("model.layers.0.self_attn.v_proj.weight", 16, 2).RowsInOrder);
        if (moved) Assert.Throws<InvalidOperationException>(() => query.Bytes.Length);
        else Assert.Equal(128, query.Bytes.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => query.RowBytes(16).Length);
    }

    [Fact]
    public void Quantised_rows_move_as_a_whole()
    {
        var random = new Random(4);
        byte[] bytes = new byte[16 * 34];
        random.NextBytes(bytes);
        for (int row = 0; row < 16; row++) BitConverter.GetBytes((Half)(row + 1)).CopyTo(bytes, row * 34);
        using GgufSet set = Open(GgufBuilder.Llama().AddSingles("token_embd.weight", [16, 4], Embedding)
            .AddTensor("blk.0.attn_k.weight", 8, [32, 16], bytes).Build());
        ModelTensor keys = set.Get("model.layers.0.self_attn.k_proj.weight", 16, 32);
        Assert.Equal(bytes[(2 * 34)..(3 * 34)], keys.RowBytes(1).ToArray());
        Assert.Equal((sbyte)bytes[(2 * 34) + 2] * 3f, Read(keys, 32, 32)[0]);
    }

    [Fact]
    public void Gemma_2_has_its_caps_windows_and_four_norms()
    {
        byte[] file = Described("gemma2", ("attention.key_length", 8), ("attention.sliding_window", 5), ("final_logit_softcapping", 20f))
            .AddSingles("token_embd.weight", [16, 4], Embedding)
            .AddSingles("blk.1.attn_norm.weight", [1], 1).AddSingles("blk.1.post_attention_norm.weight", [1], 1)
            .AddSingles("blk.1.ffn_norm.weight", [1], 1).AddSingles("blk.1.post_ffw_norm.weight", [1], 1).Build();
        using GgufSet set = Open(file);
        ModelConfig config = set.Config;
        Assert.Equal([5, int.MaxValue, 5], config.Windows);
        Assert.Equal((50f, 20f), (config.AttentionLogitCap, config.FinalLogitCap));
        Assert.Equal((4f, 1 / MathF.Sqrt(8)), (config.EmbeddingScale, config.AttentionScale));
        Assert.Equal((true, false), (config.PostNorms, config.NormsAddOne));
        foreach (string norm in (string[])["input", "post_attention", "pre_feedforward", "post_feedforward"])
        {
            Assert.True(set.TryGet($"model.layers.1.{norm}_layernorm.weight", out _));
        }
    }

    [Fact]
    public void Phi_3_has_fused_projections_partial_heads_and_two_lists_of_divisors()
    {
        (string, object) original = ("rope.scaling.original_context_length", 4);
        byte[] file = Described("phi3", ("rope.dimension_count", 6), original, ("rope.scaling.attn_factor", 1.5f))
            .AddSingles("token_embd.weight", [16, 4], Embedding).AddSingles("output.weight", [16, 4], Embedding)
            .AddSingles("rope_factors_short.weight", [3], 1, 2, 3).AddSingles("rope_factors_long.weight", [3], 4, 5, 6)
            .AddSingles("blk.2.attn_qkv.weight", [1, 1], 1).AddSingles("blk.2.ffn_up.weight", [1, 1], 1).Build();
        using GgufSet set = Open(file);
        LongRopeScaling scaling = set.Config.Rope.LongRope!;
        Assert.Equal([1, 2, 3], scaling.ShortFactors);
        Assert.Equal([4, 5, 6], scaling.LongFactors);
        Assert.Equal((4, 1.5, 6), (scaling.OriginalContextLength, scaling.AttentionFactor, set.Config.Rope.Dimensions));
        Assert.Equal((true, false), (set.Config.FusedProjections, set.Config.TieWordEmbeddings));
        Assert.True(set.TryGet("model.layers.2.self_attn.qkv_proj.weight", out _));
        Assert.True(set.TryGet("model.layers.2.mlp.gate_up_proj.weight", out _));
    }

    [Fact]
    public void A_tensor_the_architecture_does_not_have_keeps_its_name()
    {
        using GgufSet set = Open(With(
            builder => builder.AddSingles("blk.0.attn_sinks.weight", [1], 1).AddSingles("blk.x.ffn_up.weight", [1], 1)));
        Assert.Equal(
            ["blk.0.attn_sinks.weight", "blk.x.ffn_up.weight", "model.embed_tokens.weight"],
            set.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        var missing = Assert.Throws<ModelFormatException>(() => set.Get("lm_head.weight", 1));
        Assert.Contains("belong to the file's metadata", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(RefusedKeys))]
    public void A_key_the_engine_cannot_use_is_refused_by_name(string key, object? value, string reason)
    {
        byte[] file = GgufBuilder.Llama(values =>
        {
            if (value is null) values.Remove(key);
            else values[key] = value;
        }).AddSingles("token_embd.weight", [16, 4], Embedding).Build();
        var exception = Assert.Throws<ModelFormatException>(() => Open(file));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("model.gguf: key '", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(MalformedFiles))]
    public void A_malformed_file_is_refused_with_its_reason(string what, byte[] file, string reason)
    {
        var exception = Assert.Throws<ModelFormatException>(() => Open(file));
        Assert.True(exception.Message.Contains(reason, StringComparison.Ordinal), $"{what}: {exception.Message}");
        Assert.StartsWith("model.gguf: ", exception.Message, StringComparison.Ordinal);
    }

    private static float[] Read(ModelTensor tensor, int first, int count)
    {
        var values = new float[count];
        TensorRows.Read(tensor, first, values);
        return values;
    }

    private static byte[] With(Action<GgufBuilder> add)
    {
        GgufBuilder builder = GgufBuilder.Llama().AddSingles("token_embd.weight", [16, 4], Embedding);
        add(builder);
        return builder.Build();
    }

    /// <summary>Keys of a model of three layers with two heads of eight dimensions.</summary>
    private static GgufBuilder Described(string architecture, params ReadOnlySpan<(string Key, object Value)> more)
    {
        GgufBuilder builder = new GgufBuilder().Add("general.architecture", architecture)
            .Add($"{architecture}.context_length", 64).Add($"{architecture}.block_count", 3)
            .Add($"{architecture}.feed_forward_length", 8).Add($"{architecture}.embedding_length", 16)
            .Add($"{architecture}.attention.head_count", 2).Add($"{architecture}.attention.layer_norm_rms_epsilon", 1e-6);
        foreach ((string key, object value) in more) builder.Add($"{architecture}.{key}", value);
        return builder;
    }

    private static byte[] Header(ulong tensors, ulong keys) => [.. "GGUF"u8, .. U32(3), .. U64(tensors), .. U64(keys)];

    private static byte[] Key(string name) => [.. U64((ulong)name.Length), .. System.Text.Encoding.UTF8.GetBytes(name)];

    /// <summary>Element type and count of a list of lists, and so on.</summary>
    private static byte[] NestedLists(int depth) =>
        [.. Enumerable.Range(0, depth).SelectMany(_ => (byte[])[.. U32(9), .. U64(1)]), .. new byte[16]];

    private static byte[] U32(uint value) => BitConverter.GetBytes(value);

    private static byte[] U64(ulong value) => BitConverter.GetBytes(value);

    private GgufSet Open(byte[] content)
    {
        string path = _folder.File("model.gguf");
        File.WriteAllBytes(path, content);
        return GgufSet.Open(path);
    }
}
