using System.Text;
using System.Text.Json.Nodes;
using Trireme.Inference.Formats;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Formats;

public sealed class StoredModelTests : IDisposable
{
    private const string Config = """
        {
          "architectures": ["LlamaForCausalLM"], "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
          "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 300, "max_position_embeddings": 128,
          "rms_norm_eps": 1e-5, "rope_theta": 5000, "bos_token_id": 256, "eos_token_id": [257, 258], "tie_word_embeddings": true
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string, string> RefusedConfigs => new()
    {
        { "architectures", """["QwenForCausalLM"]""", "names QwenForCausalLM; this engine runs LlamaForCausalLM, MistralForCausalLM, " },
        { "architectures", "[]", "expected a list with one of LlamaForCausalLM" },
        { "architectures", "7", "expected a list" },
        { "hidden_size", "\"big\"", "is \"big\"; expected a whole number from 1" },
        { "hidden_size", "0", "is 0; expected a whole number from 1" },
        { "hidden_size", "65", "num_attention_heads = 4 does not divide" },
        { "hidden_size", "99999999999", "expected a whole number" },
        { "vocab_size", "null", "is missing" },
        { "num_key_value_heads", "3", "does not divide num_attention_heads = 4" },
        { "head_dim", "15", "needs an even number" },
        { "hidden_act", "\"gelu\"", "the engine computes 'silu'" },
        { "rms_norm_eps", "-1", "expected a number" },
        { "eos_token_id", "300", "not below vocab_size = 300" },
        { "eos_token_id", "\"end\"", "expected a token id" },
        { "tie_word_embeddings", "1", "expected true or false" },
        { "quantization_config", """{"bits":4}""", "reads no quantized files" },
        { "rope_scaling", """{"rope_type":"yarn","factor":4}""", "known are default, linear, llama3, longrope" },
        { "rope_scaling", """{"factor":4}""", "'rope_scaling.factor' is 4, and rope_type does not say what it scales" },
        { "rope_scaling", """{"type":"default","factor":4}""", "'rope_scaling.factor' is 4, and rope_type does not say" },
        { "rope_scaling", """{"type":"linear"}""", "'rope_scaling.factor' is missing" },
        { "rope_scaling", """{"rope_type":"llama3","factor":8}""", "'rope_scaling.low_freq_factor' is missing" },
        {
            "rope_scaling",
            """{"rope_type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":4,"original_max_position_embeddings":64}""",
            "must be above low_freq_factor"
        },
        { "rope_scaling", "[]", "expected an object" },
        { "partial_rotary_factor", "0.5", "turns whole heads" },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_config_of_older_transformers_is_read()
    {
        ModelConfig config = Load(_ => { });
        Assert.Equal("llama", config.Architecture);
        Assert.Equal((64, 96, 2), (config.HiddenSize, config.IntermediateSize, config.LayerCount));
        Assert.Equal((4, 2, 16), (config.AttentionHeadCount, config.KeyValueHeadCount, config.HeadDimension));
        Assert.Equal((300, 128), (config.VocabularySize, config.ContextLength));
        Assert.Equal(1e-5f, config.RmsNormEpsilon);
        Assert.Equal(new RopeConfig { Theta = 5000 }, config.Rope);
        Assert.True(config.TieWordEmbeddings);
        Assert.Equal(256, config.BeginOfSequence);
        Assert.Equal([257, 258], config.EndOfSequence);
    }

    [Fact]
    public void Rope_settings_are_read_from_old_and_new_keys()
    {
        const string Scaling = """{"factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":64""";
        var expected = new Llama3RopeScaling { Factor = 8, LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalContextLength = 64 };
        Assert.Equal(expected, Load(json => json["rope_scaling"] = JsonNode.Parse(Scaling + ""","type":"llama3"}""")).Rope.Llama3);
        const string Parameters = Scaling + ""","rope_type":"llama3","rope_theta":7}""";
        RopeConfig rope = Load(json => json["rope_parameters"] = JsonNode.Parse(Parameters)).Rope;
        Assert.Equal(new RopeConfig { Theta = 7, Llama3 = expected }, rope);
    }

    [Theory]
    [MemberData(nameof(RefusedConfigs))]
    public void A_config_value_the_engine_cannot_use_is_refused_by_key(string key, string value, string reason)
    {
        var exception = Assert.Throws<ModelFormatException>(() => Load(json => json[key] = JsonNode.Parse(value)));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("config.json: key '", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_folders_and_files_are_named()
    {
        Assert.Contains("no such folder or file", Refused(_folder.File("absent")), StringComparison.Ordinal);
        Assert.Contains("config.json: it is missing", Refused(_folder.Path), StringComparison.Ordinal);
        File.WriteAllText(_folder.File("config.json"), Config);
        Assert.Contains("model.safetensors: neither it nor", Refused(_folder.Path), StringComparison.Ordinal);
        WriteFolder();
        File.Delete(_folder.File("tokenizer.json"));
        Assert.Contains("tokenizer.json: it is missing", Refused(_folder.Path), StringComparison.Ordinal);
        File.WriteAllText(_folder.File("config.json"), "{");
        Assert.Contains("config.json: it is not valid JSON", Refused(_folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_folder_is_read_and_its_end_tokens_are_joined()
    {
        WriteFolder();
        File.WriteAllText(
            _folder.File("generation_config.json"),
            """{"temperature":0.5,"top_p":0.9,"top_k":-1,"do_sample":true,"eos_token_id":258}""");
        File.WriteAllText(
            _folder.File("tokenizer_config.json"),
            """{"bos_token":{"content":"<s>"},"eos_token":"</s>","chat_template":"{{ bos_token }}{{ eos_token }}"}""");
        using var folder = StoredModel.Open(_folder.Path);
        GenerationConfig generation = folder.Generation;
        Assert.Equal((0.5f, 0.9f, 0, true), (generation.Temperature, generation.TopP, generation.TopK, generation.DoSample));
        Assert.Equal([258], folder.Generation.EndOfSequence);
        Assert.Equal(256, folder.Tokenizer.BeginOfSequence);
        Assert.Equal([257, 258], folder.Tokenizer.EndOfSequence.Order());
        Assert.Equal("<s></s>", folder.ChatTemplate!.Render(new() { Messages = [] }));
        Assert.True(folder.Weights.TryGet("a", out _));
    }

    [Fact]
    public void A_template_file_wins_over_the_tokenizer_config_and_a_named_list_gives_its_default()
    {
        WriteFolder();
        File.WriteAllText(
            _folder.File("tokenizer_config.json"),
            """{"chat_template":[{"name":"tool_use","template":"no"},{"name":"default","template":"listed"}]}""");
        using (var folder = StoredModel.Open(_folder.Path)) Assert.Equal("listed", folder.ChatTemplate!.Source);
        File.WriteAllText(_folder.File("chat_template.jinja"), "from the file");
        using (var folder = StoredModel.Open(_folder.Path)) Assert.Equal("from the file", folder.ChatTemplate!.Source);
        File.WriteAllText(_folder.File("chat_template.jinja"), "\n{% include 'x' %}");
        const string Reason = "chat_template.jinja: Chat template, line 2: the statement 'include' is not supported";
        // One construct does not cost the model: it serves completions, and says why it does not chat.
        using (var folder = StoredModel.Open(_folder.Path))
        {
            Assert.Null(folder.ChatTemplate);
            Assert.StartsWith(Reason, folder.ChatTemplateProblem, StringComparison.Ordinal);
        }

        File.Delete(_folder.File("chat_template.jinja"));
        File.WriteAllText(
            _folder.File("tokenizer_config.json"), """{"chat_template":[{"name":"tool_use","template":"no"}]}""");
        using (var folder = StoredModel.Open(_folder.Path))
        {
            Assert.Contains("without a template named 'default'", folder.ChatTemplateProblem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_chosen_template_replaces_the_folders_own_which_may_be_one_this_engine_does_not_run()
    {
        WriteFolder();
        File.WriteAllText(_folder.File("tokenizer_config.json"), """{"bos_token":"<s>"}""");
        File.WriteAllText(_folder.File("chat_template.jinja"), "{% include 'x' %}");
        File.WriteAllText(_folder.File("mine.jinja"), "{{ bos_token }}{{ messages | length }}");
        using var folder = StoredModel.Begin(_folder.Path, _folder.File("mine.jinja"));
        Assert.Equal("<s>0", folder.ChatTemplate!.Render(new() { Messages = [] }));
    }

    [Theory]
    [InlineData(null, "there is no such file.")]
    [InlineData("{% for message in messages %}", "Chat template, line 1: ")]
    [InlineData("a text without a variable", "it never reads \"messages\", so it is no chat template.")]
    public void A_chosen_template_that_is_none_is_refused_by_its_path(string? content, string problem)
    {
        WriteFolder();
        string file = _folder.File("mine.jinja");
        if (content is not null) File.WriteAllText(file, content);
        using var folder = StoredModel.Begin(_folder.Path, file);
        string message = Assert.Throws<ModelFormatException>(() => folder.ChatTemplate).Message;
        Assert.StartsWith($"{file}: {problem}", message, StringComparison.Ordinal);
        Assert.EndsWith("Correct the file, or leave the chat template out to use the model's own.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chosen_template_is_not_read_beyond_its_limit()
    {
        WriteFolder();
        string file = _folder.File("mine.jinja");
        using (FileStream stream = File.Create(file)) stream.SetLength((1 << 20) + 1);
        using var folder = StoredModel.Begin(_folder.Path, file);
        string message = Assert.Throws<ModelFormatException>(() => folder.ChatTemplate).Message;
        Assert.Contains("it has 1048577 bytes; the most is 1048576.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_with_more_ids_than_the_model_is_refused()
    {
        WriteFolder();
        string small = Config.Replace("\"vocab_size\": 300", "\"vocab_size\": 259", StringComparison.Ordinal);
        File.WriteAllText(_folder.File("config.json"), small);
        File.WriteAllText(_folder.File("tokenizer.json"), Tokenizers.TestTokenizers.Json(specials: ["<s>", "</s>", "<x>", "<y>"]));
        Assert.Contains("its ids reach 259; vocab_size in config.json is 259", Refused(_folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_configs_are_read_or_refused_and_never_crash()
    {
        var random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 2000; i++)
        {
            byte[] mutated = Encoding.UTF8.GetBytes(Mutation.Of(Config, random, "null -1 1e99 [] {} \"x\" 99999999999 true \\ud800"));
            try
            {
                Assert.InRange(ModelConfigReader.Read(JsonSection.Parse(mutated, "config.json")).HeadDimension, 2, 1 << 20);
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 500, 1999);
    }

    [Theory]
    [InlineData("llama-tied", true, 10_000)]
    [InlineData("llama3-rope", false, 500_000)]
    [InlineData("qwen2", true, 1_000_000)]
    [InlineData("qwen3", true, 1_000_000)]
    public void Fixture_models_open(string name, bool tied, double theta)
    {
        if (Fixtures.Find("engine/" + name) is not { } path)
        {
            Assert.Skip("the fixtures are not on this machine");
            return;
        }

        using var folder = StoredModel.Open(path);
        Assert.Equal(tied, folder.Config.TieWordEmbeddings);
        Assert.Equal(theta, folder.Config.Rope.Theta);
        Assert.Equal(!tied, folder.Weights.TryGet("lm_head.weight", out _));
        Assert.Equal(TensorType.BF16, folder.Weights.Get("model.embed_tokens.weight", 1024, 128).Type);
        Assert.Equal([3], folder.Tokenizer.EndOfSequence);
        Assert.NotNull(folder.ChatTemplate);
    }

    private ModelConfig Load(Action<JsonObject> change)
    {
        JsonObject json = JsonNode.Parse(Config)!.AsObject();
        change(json);
        File.WriteAllText(_folder.File("config.json"), json.ToJsonString());
        return ModelConfig.Load(_folder.File("config.json"));
    }

    private void WriteFolder()
    {
        File.WriteAllText(_folder.File("config.json"), Config);
        File.WriteAllBytes(_folder.File("model.safetensors"), new SafetensorsBuilder().AddSingles("a", [1], 1).Build());
        WriteTokenizer();
    }

    private void WriteTokenizer() =>
        File.WriteAllText(_folder.File("tokenizer.json"), Tokenizers.TestTokenizers.Json(specials: ["<s>", "</s>", "<end>"]));

    private static string Refused(string path) => Assert.Throws<ModelFormatException>(() => StoredModel.Open(path)).Message;
}
