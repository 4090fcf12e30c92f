using System.Text.Json;

namespace Trireme.Inference.Formats;

/// <summary>Reads config.json. Absent keys take the values transformers gives them.</summary>
internal static class ModelConfigReader
{
    public const long FileBytesMax = 4 << 20;

    public const int ContextMax = 1 << 26;

    // Far above any published model, and small enough that products of any three sizes fit in 64 bits.
    private const int WidthMax = 1 << 20;
    private const int CountMax = 1 << 12;

    public static ModelConfig Read(JsonSection json)
    {
        ModelFamily family = Family(json);
        RefuseUnsupported(json, family);
        int hidden = json.RequiredInt("hidden_size", 1, WidthMax);
        int heads = json.RequiredInt("num_attention_heads", 1, CountMax);
        int layers = json.RequiredInt("num_hidden_layers", 1, CountMax);
        int vocabulary = json.RequiredInt("vocab_size", 1, ModelConfig.VocabularySizeMax);
        int dimension = HeadDimension(json, family, hidden, heads);
        int context = json.OptionalInt("max_position_embeddings", 1, ContextMax) ?? family.DefaultContextLength;
        var shape = new ModelConfig
        {
            Architecture = family.Name,
            HiddenSize = hidden,
            IntermediateSize = json.RequiredInt("intermediate_size", 1, WidthMax),
            LayerCount = layers,
            AttentionHeadCount = heads,
            KeyValueHeadCount = KeyValueHeads(json, family, heads),
            HeadDimension = dimension,
            VocabularySize = vocabulary,
            ContextLength = context,
            RmsNormEpsilon = (float)(json.OptionalDouble("rms_norm_eps", 1e-12, 1) ?? family.DefaultNormEpsilon),
            Rope = RopeConfigReader.Read(json, family, dimension, context),
            TieWordEmbeddings = json.OptionalBool("tie_word_embeddings") ?? family.DefaultTied,
            AttentionBias = json.OptionalBool("attention_bias") ?? false,
            MlpBias = json.OptionalBool("mlp_bias") ?? false,
            AttentionScale = family.CapsLogits ? AttentionScale(json) : null,
            AttentionLogitCap = family.CapsLogits ? Cap(json, "attn_logit_softcapping", 50) : null,
            FinalLogitCap = family.CapsLogits ? Cap(json, "final_logit_softcapping", 30) : null,
            Windows = Windows(json, family, layers),
            BeginOfSequence = json.OptionalInt("bos_token_id", 0, vocabulary - 1),
            EndOfSequence = EndOfSequence(json, vocabulary),
        };
        return family.Describe(shape);
    }

    private static ModelFamily Family(JsonSection json)
    {
        string known = string.Join(", ", ModelFamily.Known.Select(family => family.ClassName));
        foreach (JsonElement name in json.List("architectures", 16))
        {
            string text = json.Text("architectures", name);
            foreach (ModelFamily family in ModelFamily.Known)
            {
                if (family.ClassName == text) return family;
            }

            throw json.Unsupported("architectures", $"names {text}; this engine runs {known}.");
        }

        throw json.Missing("architectures", $"a list with one of {known}");
    }

    private static void RefuseUnsupported(JsonSection json, ModelFamily family)
    {
        if (json.Section("quantization_config") is not null)
        {
            throw json.Problem(
                "quantization_config", "is set; this engine reads no quantized files.", "Use the model's F32, F16 or BF16 weights.");
        }

        // Gemma 2 has hidden_act as well, which transformers does not look at.
        (string key, string computed) = family.Activation == GateActivation.GeluTanh
            ? ("hidden_activation", "gelu_pytorch_tanh")
            : ("hidden_act", "silu");
        if (json.OptionalString(key) is { } activation && activation != computed)
        {
            throw json.Unsupported(key, $"is '{activation}'; the engine computes '{computed}'.");
        }

        if (json.OptionalBool("use_bidirectional_attention") == true)
        {
            throw json.Unsupported("use_bidirectional_attention", "is true; the engine computes causal attention.");
        }
    }

    private static int KeyValueHeads(JsonSection json, ModelFamily family, int heads)
    {
        int keyValueHeads = json.OptionalInt("num_key_value_heads", 1, CountMax) ?? family.DefaultKeyValueHeads ?? heads;
        if (heads % keyValueHeads == 0) return keyValueHeads;
        throw json.Problem("num_key_value_heads", $"is {keyValueHeads}, which does not divide num_attention_heads = {heads}.");
    }

    private static int HeadDimension(JsonSection json, ModelFamily family, int hidden, int heads)
    {
        int? given = json.OptionalInt("head_dim", 1, WidthMax) ?? family.DefaultHeadDimension;
        if (given is null && hidden % heads != 0)
        {
            throw json.Problem("hidden_size", $"is {hidden}, which num_attention_heads = {heads} does not divide, and head_dim is absent.");
        }

        int dimension = given ?? hidden / heads;
        if (dimension % 2 != 0) throw json.Problem("head_dim", $"is {dimension}; rotary embedding needs an even number.");
        if ((long)dimension * heads > WidthMax) throw json.Problem("head_dim", $"times num_attention_heads is above {WidthMax}.");
        return dimension;
    }

    private static float AttentionScale(JsonSection json) =>
        (float)(1 / Math.Sqrt(json.OptionalDouble("query_pre_attn_scalar", 1e-3, WidthMax) ?? 256));

    private static float? Cap(JsonSection json, string key, double absent)
    {
        if (json.OptionalDouble(key, 1e-3, 1e6) is { } cap) return (float)cap;
        return IsNull(json, key) ? null : (float)absent;
    }

    private static IReadOnlyList<int> Windows(JsonSection json, ModelFamily family, int layerCount)
    {
        if (family.WindowedLayers == WindowedLayers.None) return [];
        bool isUpper = family.WindowedLayers == WindowedLayers.Upper;
        int? given = json.OptionalInt("sliding_window", 1, ContextMax);
        int? window = given ?? (IsNull(json, "sliding_window") ? null : family.DefaultWindow);
        if (isUpper && json.OptionalBool("use_sliding_window") != true) window = null;
        if (family.WindowedLayers != WindowedLayers.All && json.Find("layer_types") is not null)
        {
            return WindowsByType(json, window, layerCount);
        }

        if (window is not { } positions) return [];
        return family.Windows(positions, layerCount, json.OptionalInt("max_window_layers", 0, CountMax) ?? 28);
    }

    private static List<int> WindowsByType(JsonSection json, int? window, int layerCount)
    {
        var windows = new List<int>();
        foreach (JsonElement element in json.List("layer_types", CountMax))
        {
            string type = json.Text("layer_types", element);
            windows.Add(type switch
            {
                "full_attention" => int.MaxValue,
                "sliding_attention" => window ?? throw json.Missing("sliding_window", "a window for the sliding layers in layer_types"),
                _ => throw json.Unsupported("layer_types", $"names '{type}'; known are full_attention, sliding_attention."),
            });
        }

        if (windows.Count != layerCount)
        {
            throw json.Problem("layer_types", $"has {windows.Count} elements; num_hidden_layers is {layerCount}.");
        }

        return windows;
    }

    /// <summary>Whether a key is there and null, which to transformers is not the same as absent.</summary>
    private static bool IsNull(JsonSection json, string key) => json.Find(key) is null && json.Element.TryGetProperty(key, out _);

    private static IReadOnlyList<int> EndOfSequence(JsonSection json, int vocabulary)
    {
        IReadOnlyList<int> ids = json.TokenIds("eos_token_id");
        foreach (int id in ids)
        {
            if (id >= vocabulary) throw json.Problem("eos_token_id", $"holds {id}, which is not below vocab_size = {vocabulary}.");
        }

        return ids;
    }
}
