using System.Text.Json;

namespace Trireme.Inference.Formats;

/// <summary>Reads config.json. Absent keys take the values transformers gives them.</summary>
internal static class ModelConfigReader
{
    public const long FileBytesMax = 4 << 20;

    // Far above any published model, and small enough that products of any three sizes fit in 64 bits.
    private const int WidthMax = 1 << 20;
    private const int CountMax = 1 << 12;
    private const int ContextMax = 1 << 26;

    private static readonly Dictionary<string, string> Architectures = new() { ["LlamaForCausalLM"] = "llama" };

    public static ModelConfig Read(JsonSection json)
    {
        string architecture = Architecture(json);
        if (json.Section("quantization_config") is not null)
        {
            throw json.Problem(
                "quantization_config", "is set; this engine reads no quantized files.", "Use the model's F32, F16 or BF16 weights.");
        }

        if (json.OptionalString("hidden_act") is { } activation && activation != "silu")
        {
            throw json.Unsupported("hidden_act", $"is '{activation}'; the engine computes 'silu'.");
        }

        int hidden = json.RequiredInt("hidden_size", 1, WidthMax);
        int heads = json.RequiredInt("num_attention_heads", 1, CountMax);
        int keyValueHeads = json.OptionalInt("num_key_value_heads", 1, CountMax) ?? heads;
        if (heads % keyValueHeads != 0)
        {
            throw json.Problem("num_key_value_heads", $"is {keyValueHeads}, which does not divide num_attention_heads = {heads}.");
        }

        int vocabulary = json.RequiredInt("vocab_size", 1, ModelConfig.VocabularySizeMax);
        return new ModelConfig
        {
            Architecture = architecture,
            HiddenSize = hidden,
            IntermediateSize = json.RequiredInt("intermediate_size", 1, WidthMax),
            LayerCount = json.RequiredInt("num_hidden_layers", 1, CountMax),
            AttentionHeadCount = heads,
            KeyValueHeadCount = keyValueHeads,
            HeadDimension = HeadDimension(json, hidden, heads),
            VocabularySize = vocabulary,
            ContextLength = json.OptionalInt("max_position_embeddings", 1, ContextMax) ?? 2048,
            RmsNormEpsilon = (float)(json.OptionalDouble("rms_norm_eps", 1e-12, 1) ?? 1e-6),
            Rope = Rope(json),
            TieWordEmbeddings = json.OptionalBool("tie_word_embeddings") ?? false,
            AttentionBias = json.OptionalBool("attention_bias") ?? false,
            MlpBias = json.OptionalBool("mlp_bias") ?? false,
            BeginOfSequence = json.OptionalInt("bos_token_id", 0, vocabulary - 1),
            EndOfSequence = EndOfSequence(json, vocabulary),
        };
    }

    private static string Architecture(JsonSection json)
    {
        string known = string.Join(", ", Architectures.Keys);
        foreach (JsonElement name in json.List("architectures", 16))
        {
            string text = json.Text("architectures", name);
            if (Architectures.TryGetValue(text, out string? architecture)) return architecture;
            throw json.Unsupported("architectures", $"names {text}; this engine runs {known}.");
        }

        throw json.Missing("architectures", $"a list with one of {known}");
    }

    private static int HeadDimension(JsonSection json, int hidden, int heads)
    {
        int? given = json.OptionalInt("head_dim", 1, WidthMax);
        if (given is null && hidden % heads != 0)
        {
            throw json.Problem("hidden_size", $"is {hidden}, which num_attention_heads = {heads} does not divide, and head_dim is absent.");
        }

        int dimension = given ?? hidden / heads;
        if (dimension % 2 != 0) throw json.Problem("head_dim", $"is {dimension}; rotary embedding needs an even number.");
        if ((long)dimension * heads > WidthMax) throw json.Problem("head_dim", $"times num_attention_heads is above {WidthMax}.");
        return dimension;
    }

    private static IReadOnlyList<int> EndOfSequence(JsonSection json, int vocabulary)
    {
        IReadOnlyList<int> ids = json.TokenIds("eos_token_id");
        foreach (int id in ids)
        {
            if (id >= vocabulary) throw json.Problem("eos_token_id", $"holds {id}, which is not below vocab_size = {vocabulary}.");
        }

        return ids;
    }

    /// <summary>
    /// Newer files keep everything in rope_parameters; older ones have rope_theta at the root and rope_scaling, whose type key was
    /// once "type".
    /// </summary>
    private static RopeConfig Rope(JsonSection json)
    {
        const double ThetaMax = 1e12;
        JsonSection? parameters = json.Section("rope_parameters");
        JsonSection? scaling = parameters ?? json.Section("rope_scaling");
        double theta = parameters?.OptionalDouble("rope_theta", 1, ThetaMax) ?? json.OptionalDouble("rope_theta", 1, ThetaMax) ?? 10_000;
        double? part = scaling?.OptionalDouble("partial_rotary_factor", 0, 1) ?? json.OptionalDouble("partial_rotary_factor", 0, 1);
        if (part is not (null or 1))
        {
            throw json.Unsupported("partial_rotary_factor", $"is {part}; the engine turns whole heads.");
        }

        if (scaling is not { } section) return new RopeConfig { Theta = theta };
        string type = section.OptionalString("rope_type") ?? section.OptionalString("type") ?? "default";
        return type switch
        {
            "default" => new RopeConfig { Theta = theta },
            "llama3" => new RopeConfig { Theta = theta, Llama3 = Llama3(section) },
            _ => throw section.Unsupported("rope_type", $"is '{type}'; known are default, llama3."),
        };
    }

    private static Llama3RopeScaling Llama3(JsonSection json)
    {
        double low = json.RequiredDouble("low_freq_factor", 1e-3, 1e6);
        double high = json.RequiredDouble("high_freq_factor", 1e-3, 1e6);
        if (high <= low) throw json.Problem("high_freq_factor", $"is {high}; it must be above low_freq_factor = {low}.");
        return new Llama3RopeScaling
        {
            Factor = json.RequiredDouble("factor", 1, 1e6),
            LowFrequencyFactor = low,
            HighFrequencyFactor = high,
            OriginalContextLength = json.RequiredInt("original_max_position_embeddings", 1, ContextMax),
        };
    }
}
