using System.Text.Json;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Adapters;

/// <summary>
/// Reads PEFT's adapter_config.json. Absent keys take the values PEFT gives them. A key that may change what the adapter computes and
/// that is not understood here is refused by name.
/// </summary>
internal static class AdapterConfigReader
{
    public const long FileBytesMax = 1 << 20;

    private const int RankMax = 1 << 12;
    private const double AlphaMax = 1e6;
    private const int PatternCountMax = 1 << 12;
    private const int LayerCountMax = 1 << 12;
    private const string Remedy = "Merge the adapter into its base model, or serve it with another engine.";

    /// <summary>Understood, or of no consequence for inference: names, training and how the factors were initialised.</summary>
    private static readonly HashSet<string> Known =
    [
        "peft_type", "r", "lora_alpha", "target_modules", "exclude_modules", "rank_pattern", "alpha_pattern", "use_rslora", "bias",
        "layers_to_transform", "layers_pattern", "init_lora_weights", "auto_mapping", "base_model_name_or_path", "revision", "task_type",
        "inference_mode", "peft_version", "lora_dropout", "loftq_config", "eva_config", "corda_config", "lora_ga_config", "megatron_config",
        "megatron_core", "qalora_group_size", "runtime_config", "velora_config", "ensure_weight_tying",
        // PEFT looks at it for modules that keep their weights transposed, which none of the families has.
        "fan_in_fan_out",
    ];

    /// <summary>What each of these adds to the plain product of two factors.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["use_dora"] = "it scales the columns of the merged weights (DoRA)",
        ["modules_to_save"] = "it replaces whole modules of the base model",
        ["lora_bias"] = "it adds biases",
        ["use_qalora"] = "it pools the inputs (QALoRA)",
        ["use_bdlora"] = "its factors are block-diagonal",
        ["alora_invocation_tokens"] = "it starts to work within a sequence (activated LoRA)",
        ["trainable_token_indices"] = "it changes token embeddings",
        ["target_parameters"] = "it changes parameters that are no linear modules",
        ["layer_replication"] = "it repeats layers of the base model",
        ["arrow_config"] = "it mixes adapters by a router",
        ["kasa_config"] = "it changes the base model's weights",
        ["monteclora_config"] = "its factors are random",
    };

    /// <summary>Ways to initialise that leave the base model's weights as they are; the others move what they take out of them.</summary>
    private static readonly string[] HarmlessInitializations = ["gaussian", "eva", "orthogonal"];

    public static AdapterConfig Read(JsonSection json)
    {
        RefuseUnsupported(json);
        string? targets = json.Find("target_modules") is { ValueKind: JsonValueKind.String } value
            ? json.Text("target_modules", value)
            : null;
        bool isAll = string.Equals(targets, "all-linear", StringComparison.OrdinalIgnoreCase);
        return new AdapterConfig
        {
            Targets = isAll
                ? null
                : ModulePatterns.Read(json, "target_modules") ?? throw json.Missing("target_modules", "a list of modules or an expression"),
            Excluded = ModulePatterns.Read(json, "exclude_modules"),
            Layers = Layers(json),
            Rank = json.OptionalInt("r", 1, RankMax) ?? 8,
            RankPatterns = Patterns(json, "rank_pattern", (section, key) => section.RequiredInt(key, 1, RankMax)),
            Alpha = json.OptionalDouble("lora_alpha", 0, AlphaMax) ?? 8,
            AlphaPatterns = Patterns(json, "alpha_pattern", (section, key) => section.RequiredDouble(key, 0, AlphaMax)),
            IsRankStabilized = json.OptionalBool("use_rslora") ?? false,
        };
    }

    private static void RefuseUnsupported(JsonSection json)
    {
        string type = json.RequiredString("peft_type");
        if (type != "LORA") throw json.Problem("peft_type", $"is '{type}'; the engine runs adapters of type LORA.", Remedy);
        if (json.OptionalString("bias") is { } bias && bias != "none")
        {
            throw json.Problem("bias", $"is '{bias}': it replaces biases of the base model, which the engine does not do.", Remedy);
        }

        if (json.Find("init_lora_weights") is { ValueKind: JsonValueKind.String } value)
        {
            string initialization = json.Text("init_lora_weights", value);
            if (!HarmlessInitializations.Contains(initialization))
            {
                throw json.Problem(
                    "init_lora_weights",
                    $"is '{initialization}', which changes the base model's weights.",
                    "Convert the adapter to plain LoRA, as PEFT does when it is told the initial weights on saving.");
            }
        }

        foreach (JsonProperty entry in json.Element.EnumerateObject())
        {
            string key = NameOf(json, entry);
            if (Known.Contains(key) || IsEmpty(entry.Value)) continue;
            throw Refused.TryGetValue(key, out string? reason)
                ? json.Problem(key, $"is set: {reason}, which the engine does not do.", Remedy)
                : json.Problem(key, "is not known here and may change what the adapter computes.", Remedy);
        }
    }

    /// <summary>Whether a setting is off.</summary>
    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    private static HashSet<int> Layers(JsonSection json)
    {
        var layers = new HashSet<int>();
        if (json.Find("layers_to_transform") is not { } value) return layers;
        if (ModulePatterns.Read(json, "layers_pattern") is { } pattern && !pattern.Match("layers"))
        {
            throw json.Problem("layers_pattern", "does not name the list of layers, which is 'layers' in all families here.");
        }

        if (value.ValueKind == JsonValueKind.Number)
        {
            layers.Add(json.RequiredInt("layers_to_transform", 0, LayerCountMax));
            return layers;
        }

        foreach (JsonElement element in json.List("layers_to_transform", LayerCountMax))
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out int layer) || layer < 0)
            {
                throw json.Unexpected("layers_to_transform", element, "numbers of layers");
            }

            layers.Add(layer);
        }

        return layers;
    }

    private static List<(ModulePatterns Modules, T Value)> Patterns<T>(JsonSection json, string key, Func<JsonSection, string, T> read)
    {
        var patterns = new List<(ModulePatterns, T)>();
        if (json.Section(key) is not { } section) return patterns;
        foreach (JsonProperty entry in section.Element.EnumerateObject())
        {
            if (patterns.Count == PatternCountMax) throw json.Problem(key, $"has more than {PatternCountMax} entries.");
            string text = NameOf(section, entry);
            patterns.Add((ModulePatterns.Suffix(section, text, text), read(section, text)));
        }

        return patterns;
    }

    private static string NameOf(JsonSection json, JsonProperty entry)
    {
        try
        {
            return entry.Name;
        }
        catch (InvalidOperationException)
        {
            throw json.Problem("", "holds a name that is no valid Unicode text.");
        }
    }
}
