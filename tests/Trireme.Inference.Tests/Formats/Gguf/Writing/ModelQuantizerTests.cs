using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf;
using Trireme.Inference.Formats.Gguf.Writing;
using Trireme.Inference.Tests.Models;
using Trireme.Inference.Tests.Tokenizers;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Formats.Gguf.Writing;

public sealed class ModelQuantizerTests : IDisposable
{
    private const string Text = "The cat's 1234 naïve friends \u2014 said:\n\n  \"OK\"  \U0001F980!";

    /// <summary>What GGUF has no keys for.</summary>
    private static readonly string[] Unrepresentable =
        ["Gemma 2", "Gemma 2 with low caps", "Gemma 2 without caps", "Qwen 2 with windows in its upper layers"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("llama-tied")]
    [InlineData("llama3-rope")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void A_folder_becomes_a_file_with_the_same_logits_tokens_and_template(string name)
    {
        string path = Fixture("engine/" + name);
        string file = Quantize(path, TensorType.BF16);
        using var folder = StoredModel.Open(path);
        using var written = StoredModel.Open(file);
        AssertSameLogits(folder, written);
        foreach (bool addSpecial in new[] { true, false })
        {
            Assert.Equal(folder.Tokenizer.Encode(Text, addSpecial), written.Tokenizer.Encode(Text, addSpecial));
        }

        Assert.Equal(folder.Tokenizer.BeginOfSequence, written.Tokenizer.BeginOfSequence);
        Assert.Superset(folder.Tokenizer.EndOfSequence.ToHashSet(), written.Tokenizer.EndOfSequence.ToHashSet());
        Assert.Equal(folder.ChatTemplate?.Source, written.ChatTemplate?.Source);
    }

    [Theory]
    [MemberData(nameof(FamilyTests.Families), MemberType = typeof(FamilyTests))]
    public void Every_family_keeps_its_logits_or_is_refused(string name, string className, string keys)
    {
        using SyntheticModel model = Write(className, keys);
        if (Unrepresentable.Contains(name))
        {
            var exception = Assert.Throws<ModelFormatException>(() => Quantize(model.FolderPath, TensorType.F32));
            Assert.Contains("which GGUF cannot say", exception.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFiles(_folder.Path));
            return;
        }

        AssertKept(model);
    }

    [Fact]
    public void Gemma_2_with_its_usual_caps_keeps_its_logits()
    {
        using SyntheticModel model = Write("Gemma2ForCausalLM", """ "sliding_window": 11, "query_pre_attn_scalar": 12 """);
        AssertKept(model);
    }

    [Theory]
    [InlineData(TensorType.F32, 0, 0)]
    [InlineData(TensorType.F16, 0, 5e-4)]
    [InlineData(TensorType.BF16, 0, 0)]
    [InlineData(TensorType.Q8_0, 1e-3, 0.01)]
    [InlineData(TensorType.Q4_0, 0.02, 0.12)]
    public void Matrices_get_the_type_and_lose_little(TensorType type, double least, double most)
    {
        string path = Fixture("engine/llama-tied");
        using var folder = StoredModel.Open(path);
        using var written = StoredModel.Open(Quantize(path, type));
        foreach (ModelTensor tensor in written.Weights.Tensors)
        {
            bool isVector = tensor.Shape.Count == 1;
            bool isEmbedding = tensor.Name == "model.embed_tokens.weight";
            TensorType wanted = isEmbedding && type == TensorType.Q4_0 ? TensorType.Q8_0 : type;
            bool isWhole = tensor.Shape[^1] % wanted.BlockElements() == 0;
            Assert.Equal(isVector ? TensorType.F32 : isWhole ? wanted : TensorType.F16, tensor.Type);
            Assert.True(folder.Weights.TryGet(tensor.Name, out ModelTensor? original));
            double lost = RelativeError(original, tensor);
            if (isVector) Assert.Equal(0, lost);
            else if (tensor.Type == type) Assert.InRange(lost, least, most);
        }
    }

    [Fact]
    public void A_file_keeps_its_metadata_and_what_already_has_the_type()
    {
        string source = Fixture("engine/gguf/gguf-llama_F16.gguf");
        string file = Quantize(source, TensorType.Q8_0);
        using var before = GgufSet.Open(source);
        using var after = GgufSet.Open(file);
        string[] kept = [.. before.Metadata.Keys.Where(key => key is not ("general.file_type" or "general.quantization_version"))];
        Assert.Equal(kept, after.Metadata.Keys.SkipLast(2));
        foreach (string key in kept) Assert.Equal(before.Metadata.StoredBytes(key), after.Metadata.StoredBytes(key));
        Assert.Equal(7, after.Metadata.OptionalInt("general.file_type", 0, 100));

        string again = Quantize(file, TensorType.Q8_0);
        using var same = GgufSet.Open(again);
        foreach (ModelTensor tensor in after.StoredTensors)
        {
            Assert.Equal(tensor.Bytes, same.StoredTensors.Single(other => other.Name == tensor.Name).Bytes);
        }
    }

    [Fact]
    public void A_file_and_its_folder_give_the_same_quantised_weights()
    {
        string path = Fixture("engine/qwen2");
        string direct = Quantize(path, TensorType.Q4_0);
        string through = Quantize(Quantize(path, TensorType.F32), TensorType.Q4_0);
        using var first = GgufSet.Open(direct);
        using var second = GgufSet.Open(through);
        Assert.Equal(first.StoredTensors.Select(tensor => tensor.Name), second.StoredTensors.Select(tensor => tensor.Name));
        foreach ((ModelTensor a, ModelTensor b) in first.StoredTensors.Zip(second.StoredTensors)) Assert.Equal(a.Bytes, b.Bytes);
    }

    public static TheoryData<string, string> Refused => new()
    {
        {
            """
            {"post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "<e>"}}],
             "special_tokens": {"<e>": {"id": "<e>", "ids": [256], "tokens": ["<e>"]}}}}
            """,
            "puts tokens behind a text"
        },
        {
            """
            {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
              {"type": "Split", "pattern": {"Regex": "x"}, "behavior": "Isolated"},
              {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}}
            """,
            "no name for its pre_tokenizer"
        },
        {
            """{"added_tokens": [{"id": 256, "content": "<m>", "special": true, "normalized": false, "lstrip": true}]}""",
            "'<m>' takes the space around it"
        },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_tokenizer_that_gguf_has_no_words_for_is_refused_and_leaves_no_file(string change, string reason)
    {
        using SyntheticModel model = Write("LlamaForCausalLM", """ "tie_word_embeddings": true """, json =>
        {
            foreach ((string key, JsonNode? value) in JsonNode.Parse(change)!.AsObject()) json[key] = value?.DeepClone();
        });
        var exception = Assert.Throws<ModelFormatException>(() => Quantize(model.FolderPath, TensorType.Q8_0));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path));
    }

    [Fact]
    public void Numbers_that_do_not_fit_are_named_and_leave_no_file()
    {
        using SyntheticModel model = Write("LlamaForCausalLM", """ "tie_word_embeddings": true """, change: null, scale: 1e7f);
        var exception = Assert.Throws<ModelFormatException>(() => Quantize(model.FolderPath, TensorType.F16));
        Assert.Contains("holds numbers too large for F16", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path));
    }

    [Fact]
    public void Cancelling_leaves_the_old_file()
    {
        string path = Fixture("engine/llama-tied");
        string file = Quantize(path, TensorType.Q8_0);
        byte[] before = File.ReadAllBytes(file);
        using var cancelled = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => ModelQuantizer.Quantize(
            path, file, TensorType.F32, 1, (_, _) => cancelled.Cancel(), cancelled.Token));
        Assert.Equal(before, File.ReadAllBytes(file));
        Assert.Single(Directory.EnumerateFiles(_folder.Path));
    }

    /// <summary>A folder with a family's config.json, random weights and the 256 bytes as its tokens.</summary>
    private static SyntheticModel Write(string className, string keys, Action<JsonObject>? change = null, float scale = 1)
    {
        JsonNode json = FamilyTests.ConfigJson(className, keys);
        json["vocab_size"] = 260;
        // Whole blocks, and heads as GGUF's readers expect them.
        json["hidden_size"] = 64;
        byte[] written = Encoding.UTF8.GetBytes(json.ToJsonString());
        ModelConfig config = ModelConfigReader.Read(JsonSection.Parse(written, "config.json"));
        var model = new SyntheticModel(config, "F32", seed: 5, tensors =>
        {
            if (scale == 1) return;
            Tensor tensor = tensors["model.layers.1.mlp.up_proj.weight"];
            Span<float> values = MemoryMarshal.Cast<byte, float>(tensor.Bytes.AsSpan());
            foreach (ref float value in values) value *= scale;
        });
        File.WriteAllText(Path.Combine(model.FolderPath, "config.json"), json.ToJsonString());
        File.WriteAllText(Path.Combine(model.FolderPath, "tokenizer.json"), TestTokenizers.Json(change: change));
        return model;
    }

    private string Quantize(string source, TensorType type)
    {
        string file = _folder.File($"{Directory.EnumerateFiles(_folder.Path).Count()}-{type}.gguf");
        ModelQuantizer.Quantize(source, file, type, threads: 2, progress: null, CancellationToken.None);
        return file;
    }

    private void AssertKept(SyntheticModel model)
    {
        using var folder = StoredModel.Open(model.FolderPath);
        using var written = StoredModel.Open(Quantize(model.FolderPath, TensorType.F32));
        AssertSameLogits(folder, written);
    }

    /// <summary>The root of the squared differences over the root of the squared values.</summary>
    private static double RelativeError(ModelTensor original, ModelTensor stored)
    {
        var expected = new float[original.ElementCount];
        var values = new float[stored.ElementCount];
        TensorRows.Read(original, 0, expected);
        TensorRows.Read(stored, 0, values);
        double differences = expected.Zip(values, (a, b) => Math.Pow(a - b, 2)).Sum();
        return Math.Sqrt(differences / expected.Sum(value => Math.Pow(value, 2)));
    }

    private static void AssertSameLogits(StoredModel folder, StoredModel written) =>
        // Divisors of rotary frequencies are kept in single precision, which moves angles by less than 1e-6 of a turn.
        Assert.InRange(LargestDifference(folder, written), 0, folder.Config.Rope is { Llama3: null, LongRope: null } ? 0 : 1e-3);

    private static double LargestDifference(StoredModel folder, StoredModel written)
    {
        var random = new Random(3);
        int[] tokens = [.. Enumerable.Range(0, 60).Select(_ => random.Next(folder.Config.VocabularySize))];
        using var first = new ForwardBench(folder.Config, folder.Weights, contextLength: 128);
        using var second = new ForwardBench(written.Config, written.Weights, contextLength: 128);
        float[][] expected = first.Run(tokens);
        float[][] logits = second.Run(tokens);
        return expected.Zip(logits, (a, b) => a.Zip(b, (x, y) => (double)Math.Abs(x - y)).Max()).Max();
    }

    private static string Fixture(string name)
    {
        if (Fixtures.Find(name) is { } path) return path;
        Assert.Skip("the fixtures are not on this machine");
        return "";
    }
}
