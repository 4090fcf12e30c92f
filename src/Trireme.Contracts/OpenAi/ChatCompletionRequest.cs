using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>Body of POST /v1/chat/completions, with the fields vLLM adds. What is null takes the model's default.</summary>
public sealed record ChatCompletionRequest : GenerationFields
{
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>The older name of <see cref="MaxCompletionTokens"/>.</summary>
    public int? MaxTokens { get; init; }

    public int? MaxCompletionTokens { get; init; }

    public bool? Logprobs { get; init; }

    public int? TopLogprobs { get; init; }

    /// <summary>Functions the model may call, handed to the chat template as they are.</summary>
    public IReadOnlyList<JsonElement>? Tools { get; init; }

    /// <summary>"none", "auto", "required" or a function to call.</summary>
    public JsonElement? ToolChoice { get; init; }

    /// <summary>Whether an answer may hold several calls; true when absent.</summary>
    public bool? ParallelToolCalls { get; init; }

    /// <summary>Handed to the chat template as the variable reasoning_effort.</summary>
    public string? ReasoningEffort { get; init; }

    /// <summary>Ends the prompt where an answer begins; true when absent.</summary>
    public bool? AddGenerationPrompt { get; init; }

    /// <summary>Ends the prompt within the last message, which the answer goes on with; add_generation_prompt must be false then.</summary>
    public bool? ContinueFinalMessage { get; init; }

    /// <summary>Puts the last message before the answer when it is the assistant's.</summary>
    public bool? Echo { get; init; }

    /// <summary>Adds what the tokenizer adds to a text, such as a begin token; false when absent, because templates write theirs.</summary>
    public bool? AddSpecialTokens { get; init; }

    /// <summary>A Jinja template in place of the model's; taken only where the worker was told to trust it.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Further variables for the chat template.</summary>
    public IReadOnlyDictionary<string, JsonElement>? ChatTemplateKwargs { get; init; }
}

/// <summary>What a stream holds besides its deltas.</summary>
public sealed record StreamOptions
{
    /// <summary>Ends the stream with a chunk that has no choices and the token counts.</summary>
    public bool? IncludeUsage { get; init; }

    /// <summary>With include_usage: each chunk has the counts so far.</summary>
    public bool? ContinuousUsageStats { get; init; }

    /// <summary>Fields this type does not name.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; init; }
}
