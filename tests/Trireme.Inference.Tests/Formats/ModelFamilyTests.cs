using System.Text;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tests.Formats;

public sealed class ModelFamilyTests
{
    private const int All = int.MaxValue;

    /// <summary>The shape that every family asks for and nothing else.</summary>
    private const string Shape = """
        "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 4, "num_attention_heads": 32, "vocab_size": 300
        """;

    private const string LongFactors = """
        "rope_scaling": { "type": "longrope", "short_factor": [1], "long_factor": [2]
        """;

    public static TheoryData<string, string, int[]> Windows => new()
    {
        { "LlamaForCausalLM", """ "sliding_window": 7 """, [] },
        { "MistralForCausalLM", """ "sliding_window": 7 """, [7, 7, 7, 7] },
        { "MistralForCausalLM", """ "sliding_window": null """, [] },
        { "MistralForCausalLM", "", [4096, 4096, 4096, 4096] },
        { "Qwen2ForCausalLM", """ "sliding_window": 7, "max_window_layers": 3 """, [] },
        { "Qwen2ForCausalLM", """ "sliding_window": 7, "max_window_layers": 3, "use_sliding_window": true """, [All, All, All, 7] },
        { "Qwen3ForCausalLM", """ "sliding_window": 7, "use_sliding_window": true """, [All, All, All, All] },
        {
            "Qwen3ForCausalLM",
            """
            "sliding_window": 7, "use_sliding_window": true,
            "layer_types": ["sliding_attention", "full_attention", "full_attention", "sliding_attention"]
            """,
            [7, All, All, 7]
        },
        { "Gemma2ForCausalLM", "", [4096, All, 4096, All] },
        { "Gemma2ForCausalLM", """ "sliding_window": 7 """, [7, All, 7, All] },
        { "Phi3ForCausalLM", "", [] },
        { "Phi3ForCausalLM", """ "sliding_window": 7 """, [7, 7, 7, 7] },
    };

    public static TheoryData<string, string, string> Refusals => new()
    {
        { "Qwen3ForCausalLM", """ "layer_types": ["chunked_attention"] """, "key 'layer_types' names 'chunked_attention'; known are" },
        { "Qwen3ForCausalLM", """ "layer_types": ["full_attention"] """, "key 'layer_types' has 1 elements; num_hidden_layers is 4" },
        { "Qwen3ForCausalLM", """ "layer_types": ["sliding_attention"] """, "key 'sliding_window' is missing" },
        { "Qwen3ForCausalLM", """ "sliding_window": 0 """, "key 'sliding_window' is 0" },
        { "Gemma2ForCausalLM", """ "hidden_activation": "silu" """, "key 'hidden_activation' is 'silu'; the engine computes" },
        { "Gemma2ForCausalLM", """ "final_logit_softcapping": 0 """, "key 'final_logit_softcapping' is 0; expected a number" },
        { "Gemma2ForCausalLM", """ "use_bidirectional_attention": true """, "computes causal attention" },
        { "Qwen2ForCausalLM", """ "num_attention_heads": 4, "hidden_size": 64 """, "num_key_value_heads' is 32, which does not divide" },
        { "Phi3ForCausalLM", """ "head_dim": 8, "partial_rotary_factor": 0.4 """, "3 of 8 dimensions" },
        { "Phi3ForCausalLM", $$"""{{LongFactors}} }""", "key 'original_max_position_embeddings' is missing" },
        { "Phi3ForCausalLM", $$""" "original_max_position_embeddings": 8, "head_dim": 4, {{LongFactors}} }""", "1 numbers; 2 pairs" },
        { "Phi3ForCausalLM", $$"""{{LongFactors}}, "short_mscale": 1.2 }""", "key 'rope_scaling.short_mscale' is set" },
        {
            "Phi3ForCausalLM",
            """ "original_max_position_embeddings": 8, "rope_scaling": { "type": "longrope", "short_factor": ["x"] } """,
            "key 'rope_scaling.short_factor' is \"x\"; expected a number"
        },
        {
            "Phi3ForCausalLM",
            """ "original_max_position_embeddings": 8, "rope_scaling": { "type": "longrope" } """,
            "key 'rope_scaling.short_factor' is missing; expected a list of 1 numbers"
        },
    };

    [Theory]
    [MemberData(nameof(Windows))]
    public void Layers_get_the_windows_that_transformers_gives_them(string className, string keys, int[] windows)
    {
        ModelConfig config = Read(className, keys);
        Assert.Equal(windows, config.Windows);
        Assert.Equal(windows.Length == 0 ? All : windows[3], config.WindowOf(3));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_setting_the_engine_cannot_compute_is_refused_by_key(string className, string keys, string reason)
    {
        var exception = Assert.Throws<ModelFormatException>(() => Read(className, keys));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_architecture_is_refused_with_all_known_ones()
    {
        var exception = Assert.Throws<ModelFormatException>(() => Read("MixtralForCausalLM", ""));
        const string Known =
            "LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM, Gemma2ForCausalLM, Phi3ForCausalLM.";
        Assert.Contains($"names MixtralForCausalLM; this engine runs {Known}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_silent_config_of_Gemma_2_takes_its_defaults()
    {
        ModelConfig config = Read("Gemma2ForCausalLM", "");
        Assert.Equal((256, 4, 8192), (config.HeadDimension, config.KeyValueHeadCount, config.ContextLength));
        Assert.Equal((50f, 30f, 1 / 16f), (config.AttentionLogitCap, config.FinalLogitCap, config.AttentionScale));
        Assert.Equal((GateActivation.GeluTanh, 8f), (config.Activation, config.EmbeddingScale));
        Assert.True(config is { TieWordEmbeddings: true, PostNorms: true, NormsAddOne: true, AttentionBias: false });
        ModelConfig uncapped = Read("Gemma2ForCausalLM", """ "attn_logit_softcapping": null, "final_logit_softcapping": null """);
        Assert.Null(uncapped.AttentionLogitCap);
        Assert.Null(uncapped.FinalLogitCap);
    }

    [Fact]
    public void LongRoPE_scales_angles_by_how_far_the_context_is_extended()
    {
        const string Keys = $$"""
            "max_position_embeddings": 4096, "original_max_position_embeddings": 64, {{LongFactors}} }
            """;
        LongRopeScaling scaling = Read("Phi3ForCausalLM", Keys).Rope.LongRope!;
        // A context 64 times as long as the original 64: sqrt(1 + ln 64 / ln 64).
        Assert.Equal(Math.Sqrt(2), scaling.AttentionFactor, 1e-12);
        Assert.Equal((64, 1.0, 2.0), (scaling.OriginalContextLength, scaling.ShortFactors[0], scaling.LongFactors[0]));
        Assert.Equal(1, Read("Phi3ForCausalLM", Keys.Replace("4096", "64", StringComparison.Ordinal)).Rope.LongRope!.AttentionFactor);
    }

    private static ModelConfig Read(string className, string keys)
    {
        string rest = keys.Length == 0 ? "" : ", " + keys;
        string json = $$"""{ {{Shape}}, "architectures": ["{{className}}"]{{rest}} }""";
        return ModelConfigReader.Read(JsonSection.Parse(Encoding.UTF8.GetBytes(json), "config.json"));
    }
}
