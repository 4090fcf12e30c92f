namespace Trireme.Releases;

/// <summary>What of a release a file belongs to, in the order in which differences are told.</summary>
internal enum ReleasePart
{
    Source,
    Weights,
    ModelConfig,
    Tokenizer,
    ChatTemplate,
    Prompts,
    GenerationConfig,
    Engine,
    DraftModel,
    Adapters,
    OtherFiles,

    /// <summary>Description, labels and the like, which are not part of the content hash.</summary>
    Words,
}

/// <summary>Sorts files of a model by what they are for.</summary>
internal static class ReleaseParts
{
    private static readonly string[] Weights = [".safetensors", ".gguf", ".onnx", ".onnx_data", ".onnx.data"];

    private static readonly string[] Tokenizer =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt",
        "tokenizer.model", "spiece.model", "sentencepiece.bpe.model",
    ];

    public static ReleasePart Of(string file)
    {
        string name = file[(file.LastIndexOf('/') + 1)..];
        if (Weights.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))) return ReleasePart.Weights;
        if (name.EndsWith(".safetensors.index.json", StringComparison.OrdinalIgnoreCase)) return ReleasePart.Weights;
        if (Tokenizer.Contains(name) || file.StartsWith("tokenizer/", StringComparison.Ordinal)) return ReleasePart.Tokenizer;
        if (file.StartsWith("prompts/", StringComparison.Ordinal)) return ReleasePart.Prompts;
        return name switch
        {
            "config.json" => ReleasePart.ModelConfig,
            "generation_config.json" => ReleasePart.GenerationConfig,
            "chat_template.jinja" or "chat_template.json" => ReleasePart.ChatTemplate,
            _ when file.StartsWith("additional_chat_templates/", StringComparison.Ordinal) => ReleasePart.ChatTemplate,
            _ => ReleasePart.OtherFiles,
        };
    }

    /// <summary>The part as people read it.</summary>
    public static string ToText(this ReleasePart part) => part switch
    {
        ReleasePart.ModelConfig => "model config",
        ReleasePart.ChatTemplate => "chat template",
        ReleasePart.GenerationConfig => "generation config",
        ReleasePart.DraftModel => "draft model",
        ReleasePart.OtherFiles => "other files",
        _ => part.ToString().ToLowerInvariant(),
    };
}
