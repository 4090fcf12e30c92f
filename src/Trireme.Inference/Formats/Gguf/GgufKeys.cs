namespace Trireme.Inference.Formats.Gguf;

/// <summary>
/// Which keys a file may have. Those that describe the architecture change what is computed, so one that nobody reads must be known to be
/// harmless; any other is refused by name. Keys outside of the architecture's own describe the file, and the tokenizer's are its own.
/// </summary>
internal static class GgufKeys
{
    /// <summary>Read elsewhere (<see cref="GgufConfigReader"/>, EmbeddingConfigReader).</summary>
    private static readonly HashSet<string> Read =
    [
        "attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.layer_norm_rms_epsilon",
        "attention.sliding_window", "attention.value_length", "block_count", "context_length", "embedding_length", "expert_count",
        "feed_forward_length", "pooling_type", "rope.dimension_count", "rope.freq_base", "rope.scaling.attn_factor", "rope.scaling.factor",
        "rope.scaling.original_context_length", "rope.scaling.type", "rope.scale_linear", "attn_logit_softcapping",
        "final_logit_softcapping", "vocab_size",
    ];

    /// <summary>Change nothing here: what they describe shows in other keys or in the tensors, or is about training.</summary>
    private static readonly HashSet<string> Harmless =
    [
        "rope.scaling.finetuned", "tensor_data_layout", "attention.layer_norm_epsilon", "expert_used_count", "expert_shared_count",
        "expert_feed_forward_length", "expert_shared_feed_forward_length", "expert_weights_norm", "expert_weights_scale",
        "expert_gating_func", "decoder_start_token_id", "classifier.output_labels", "embedding_length_out",
        // Of the scaling with this name, which the key for its type would ask for.
        "rope.scaling.yarn_log_multiplier", "rope.scaling.yarn_ext_factor", "rope.scaling.yarn_attn_factor",
        "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow",
    ];

    /// <summary>Change nothing at this value, and much at any other.</summary>
    private static readonly Dictionary<string, double> Neutral = new(StringComparer.Ordinal)
    {
        ["attention.causal"] = 1,
        ["attention.clamp_kqv"] = 0,
        ["attention.max_alibi_bias"] = 0,
        ["attention.output_scale"] = 1,
        ["embedding_scale"] = 1,
        ["leading_dense_block_count"] = 0,
        ["logit_scale"] = 1,
        ["nextn_predict_layers"] = 0,
        ["residual_scale"] = 1,
        ["swin_norm"] = 0,
        ["use_parallel_residual"] = 0,
    };

    /// <summary>Throws <see cref="ModelFormatException"/> for a key that may change what is computed and is not read.</summary>
    public static void Check(GgufMetadata metadata)
    {
        string prefix = metadata.RequiredString("general.architecture") + ".";
        foreach (string key in metadata.Keys)
        {
            if (!key.StartsWith(prefix, StringComparison.Ordinal)) continue;
            string name = key[prefix.Length..];
            if (Read.Contains(name) || Harmless.Contains(name)) continue;
            if (!Neutral.TryGetValue(name, out double neutral))
            {
                throw metadata.Unsupported(key, "is one this engine does not know, and it may change what the model computes.");
            }

            double? value = metadata.Number(key);
            if (value != neutral) throw metadata.Unsupported(key, $"is {value}; the engine computes with {neutral}.");
        }

        if (metadata.OptionalBool("tokenizer.ggml.add_sep_token") == true)
        {
            throw metadata.Unsupported("tokenizer.ggml.add_sep_token", "is true; the engine puts no separator behind a text.");
        }
    }
}
