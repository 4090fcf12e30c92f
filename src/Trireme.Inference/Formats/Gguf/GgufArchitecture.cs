using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Trireme.Inference.Formats.Gguf;

/// <summary>How llama.cpp's conversion names and lays out the tensors of one architecture.</summary>
internal sealed class GgufArchitecture
{
    private const string LayerPrefix = "blk.";

    private static readonly Dictionary<string, string> OuterNames = new()
    {
        ["token_embd"] = "model.embed_tokens",
        ["output_norm"] = "model.norm",
        ["output"] = "lm_head",
    };

    private static readonly (string File, string Name)[] CommonLayerNames =
    [
        ("attn_norm", "input_layernorm"),
        ("attn_q", "self_attn.q_proj"),
        ("attn_k", "self_attn.k_proj"),
        ("attn_v", "self_attn.v_proj"),
        ("attn_output", "self_attn.o_proj"),
        ("attn_q_norm", "self_attn.q_norm"),
        ("attn_k_norm", "self_attn.k_norm"),
        ("ffn_norm", "post_attention_layernorm"),
        ("ffn_gate", "mlp.gate_proj"),
        ("ffn_up", "mlp.up_proj"),
        ("ffn_down", "mlp.down_proj"),
    ];

    // Mistral's conversion says llama.
    private static readonly GgufArchitecture[] Known =
    [
        new(ModelFamily.Llama, pairsRotaryRows: true),
        new(ModelFamily.Qwen2),
        new(ModelFamily.Qwen3),
        new(
            ModelFamily.Gemma2,
            pairsRotaryRows: false,
            ("post_attention_norm", "post_attention_layernorm"),
            ("ffn_norm", "pre_feedforward_layernorm"),
            ("post_ffw_norm", "post_feedforward_layernorm")),
        new(ModelFamily.Phi3, pairsRotaryRows: false, ("attn_qkv", "self_attn.qkv_proj"), ("ffn_up", "mlp.gate_up_proj")),
    ];

    private readonly bool _pairsRotaryRows;
    private readonly Dictionary<string, string> _layerNames;

    private GgufArchitecture(
        ModelFamily family, bool pairsRotaryRows = false, params ReadOnlySpan<(string File, string Name)> layerNames)
    {
        Family = family;
        _pairsRotaryRows = pairsRotaryRows;
        _layerNames = CommonLayerNames.ToDictionary(entry => entry.File, entry => entry.Name);
        foreach ((string file, string ours) in layerNames) _layerNames[file] = ours;
    }

    /// <summary>Its name is that in general.architecture, which is also the prefix of the keys that describe the model.</summary>
    public ModelFamily Family { get; }

    /// <summary>The architecture a file names. Throws <see cref="ModelFormatException"/>.</summary>
    public static GgufArchitecture Of(GgufMetadata metadata)
    {
        const string Key = "general.architecture";
        string name = metadata.RequiredString(Key);
        string known = string.Join(", ", Known.Select(architecture => architecture.Family.Name));
        return Array.Find(Known, architecture => architecture.Family.Name == name)
            ?? throw metadata.Unsupported(Key, $"is '{name}'; this engine runs {known}.");
    }

    /// <summary>
    /// A tensor's name in Hugging Face's layout. A tensor this architecture does not have keeps its own name, which no layer asks for.
    /// </summary>
    public string TensorName(string name)
    {
        int dot = name.LastIndexOf('.');
        if (dot < 0) return name;
        (string stem, string kind) = (name[..dot], name[dot..]);
        if (OuterNames.TryGetValue(stem, out string? outer)) return outer + kind;
        return TrySplitLayer(stem, out int layer, out string? part) && _layerNames.TryGetValue(part, out string? inner)
            ? string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.{inner}{kind}")
            : name;
    }

    /// <summary>How files of a family are written.</summary>
    public static GgufArchitecture For(ModelFamily family) =>
        Array.Find(Known, architecture => architecture.Family == family)
        ?? (family == ModelFamily.Mistral ? For(ModelFamily.Llama) : throw new ArgumentException("No such family.", nameof(family)));

    /// <summary>The file's name of a tensor in Hugging Face's layout, or null when this architecture has no such tensor.</summary>
    public string? FileName(string tensorName)
    {
        int dot = tensorName.LastIndexOf('.');
        if (dot < 0) return null;
        (string stem, string kind) = (tensorName[..dot], tensorName[dot..]);
        if (OuterNames.FirstOrDefault(entry => entry.Value == stem).Key is { } outer) return outer + kind;
        const string Prefix = "model.layers.";
        if (!stem.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        int end = stem.IndexOf('.', Prefix.Length);
        if (end < 0) return null;
        string part = stem[(end + 1)..];
        return _layerNames.FirstOrDefault(entry => entry.Value == part).Key is { } inner
            ? $"{LayerPrefix}{stem[Prefix.Length..end]}.{inner}{kind}"
            : null;
    }

    /// <summary>How a tensor's rows lie in the file, given its name in Hugging Face's layout; null where they lie in order.</summary>
    public RotaryRowOrder? RowOrder(string tensorName, int headDimension)
    {
        string stem = tensorName[..Math.Max(tensorName.LastIndexOf('.'), 0)];
        bool rotated = stem.EndsWith(".self_attn.q_proj", StringComparison.Ordinal)
            || stem.EndsWith(".self_attn.k_proj", StringComparison.Ordinal);
        return _pairsRotaryRows && rotated ? new RotaryRowOrder(headDimension) : null;
    }

    private static bool TrySplitLayer(string stem, out int layer, [NotNullWhen(true)] out string? part)
    {
        layer = -1;
        part = null;
        if (!stem.StartsWith(LayerPrefix, StringComparison.Ordinal)) return false;
        int dot = stem.IndexOf('.', LayerPrefix.Length);
        if (dot < 0 || !int.TryParse(stem.AsSpan(LayerPrefix.Length..dot), NumberStyles.None, CultureInfo.InvariantCulture, out layer))
        {
            return false;
        }

        part = stem[(dot + 1)..];
        return true;
    }
}
