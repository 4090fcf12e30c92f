using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>Body of POST /v1/embeddings, with the fields vLLM adds.</summary>
public sealed record EmbeddingRequest
{
    public string? Model { get; init; }

    /// <summary>The texts, in the forms a completion's prompts have.</summary>
    public CompletionPrompt? Input { get; init; }

    /// <summary>float, the default, or base64 of little-endian single-precision numbers.</summary>
    public string? EncodingFormat { get; init; }

    /// <summary>The first dimensions only; for models trained for it.</summary>
    public int? Dimensions { get; init; }

    public string? User { get; init; }

    /// <summary>Adds what the tokenizer adds to a text, such as a begin token; true when absent.</summary>
    public bool? AddSpecialTokens { get; init; }

    /// <summary>Keeps so many tokens of a longer text; -1 keeps as many as the model reads.</summary>
    public int? TruncatePromptTokens { get; init; }

    /// <summary>Where a longer text is cut: "right", the default for texts, or "left".</summary>
    public string? TruncationSide { get; init; }

    /// <summary>A lower value is computed earlier; 0 when absent.</summary>
    public int? Priority { get; init; }

    /// <summary>Keeps prefix-cache entries of different callers apart.</summary>
    public string? CacheSalt { get; init; }

    /// <summary>Fields this type does not name.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; init; }
}
