using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>Body of POST /v1/chat/completions, with the fields vLLM adds. What is null takes the model's default.</summary>
public sealed record ChatCompletionRequest
{
    public string? Model { get; init; }

    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    public bool? Stream { get; init; }

    public StreamOptions? StreamOptions { get; init; }

    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    /// <summary>Keeps the k most likely tokens; 0 and vLLM's -1 keep all.</summary>
    public int? TopK { get; init; }

    public long? Seed { get; init; }

    /// <summary>One text or a list of texts that end the answer.</summary>
    [JsonConverter(typeof(StringListConverter))]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>The older name of <see cref="MaxCompletionTokens"/>.</summary>
    public int? MaxTokens { get; init; }

    public int? MaxCompletionTokens { get; init; }

    /// <summary>Number of answers.</summary>
    public int? N { get; init; }

    /// <summary>vLLM's addition: a lower value is computed earlier; 0 when absent.</summary>
    public int? Priority { get; init; }

    public bool? Logprobs { get; init; }

    public int? TopLogprobs { get; init; }

    /// <summary>
    /// Tool definitions, handed to the chat template as they are. The embedded engine answers with the model's text: a call it writes
    /// stays in the content, in the model's own notation.
    /// </summary>
    public IReadOnlyList<JsonElement>? Tools { get; init; }

    /// <summary>"none", "auto", "required" or a tool to call.</summary>
    public JsonElement? ToolChoice { get; init; }

    public string? User { get; init; }

    public bool? IgnoreEos { get; init; }

    public bool? ReturnTokenIds { get; init; }

    /// <summary>Keeps prefix-cache entries of different callers apart.</summary>
    public string? CacheSalt { get; init; }

    /// <summary>Handed to the chat template as the variable reasoning_effort.</summary>
    public string? ReasoningEffort { get; init; }

    public bool? AddGenerationPrompt { get; init; }

    /// <summary>Further variables for the chat template.</summary>
    public IReadOnlyDictionary<string, JsonElement>? ChatTemplateKwargs { get; init; }

    /// <summary>Fields this type does not name.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; init; }
}

/// <summary>What a stream holds besides its deltas.</summary>
public sealed record StreamOptions
{
    /// <summary>Ends the stream with a chunk that has no choices and the token counts.</summary>
    public bool? IncludeUsage { get; init; }

    /// <summary>Fields this type does not name.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; init; }
}
