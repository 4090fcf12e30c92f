using System.Text.Json.Nodes;
using Trireme.Training.Model;
using Trireme.Training.Tokenization;

namespace Trireme.Training.Output;

/// <summary>The small JSON files beside the weights, with the keys that Hugging Face transformers reads.</summary>
internal static class ModelConfigFiles
{
    /// <summary>Defaults for answers: lively, but without the unlikely tokens that derail a small model.</summary>
    public const double Temperature = 0.7;

    public const double TopP = 0.9;

    public static JsonObject Config(DecoderShape shape) => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["attention_bias"] = false,
        ["attention_dropout"] = 0.0,
        ["bos_token_id"] = SpecialTokens.EndId,
        ["dtype"] = "bfloat16",
        ["eos_token_id"] = SpecialTokens.TurnEndId,
        ["head_dim"] = shape.HeadSize,
        ["hidden_act"] = "silu",
        ["hidden_size"] = shape.HiddenSize,
        ["initializer_range"] = Math.Round(shape.InitializerRange, 4),
        ["intermediate_size"] = shape.IntermediateSize,
        ["max_position_embeddings"] = shape.ContextLength,
        ["mlp_bias"] = false,
        ["model_type"] = "llama",
        ["num_attention_heads"] = shape.AttentionHeads,
        ["num_hidden_layers"] = shape.Layers,
        ["num_key_value_heads"] = shape.KeyValueHeads,
        ["pad_token_id"] = SpecialTokens.EndId,
        ["rms_norm_eps"] = DecoderShape.RmsNormEpsilon,
        ["rope_theta"] = DecoderShape.RopeTheta,
        ["tie_word_embeddings"] = true,
        ["use_cache"] = true,
        ["vocab_size"] = shape.VocabularySize,
    };

    /// <summary>An answer ends with its turn, a plain text with the end token.</summary>
    public static JsonObject Generation() => new()
    {
        ["bos_token_id"] = SpecialTokens.EndId,
        ["do_sample"] = true,
        ["eos_token_id"] = new JsonArray(SpecialTokens.TurnEndId, SpecialTokens.EndId),
        ["pad_token_id"] = SpecialTokens.EndId,
        ["temperature"] = Temperature,
        ["top_p"] = TopP,
    };

    public static JsonObject Tokenizer(DecoderShape shape) => new()
    {
        ["bos_token"] = null,
        ["clean_up_tokenization_spaces"] = false,
        ["eos_token"] = SpecialTokens.TurnEnd,
        ["model_max_length"] = shape.ContextLength,
        ["pad_token"] = SpecialTokens.End,
        ["tokenizer_class"] = "PreTrainedTokenizerFast",
    };

    /// <summary>Reads the sizes back from config.json.</summary>
    public static DecoderShape ReadShape(JsonNode config) => new()
    {
        VocabularySize = (int)config["vocab_size"]!,
        Layers = (int)config["num_hidden_layers"]!,
        HiddenSize = (int)config["hidden_size"]!,
        IntermediateSize = (int)config["intermediate_size"]!,
        AttentionHeads = (int)config["num_attention_heads"]!,
        KeyValueHeads = (int)config["num_key_value_heads"]!,
        ContextLength = (int)config["max_position_embeddings"]!,
    };
}
