using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>One event of a streamed chat answer.</summary>
public sealed record ChatCompletionChunk
{
    public string Id { get; init; } = "";

    [JsonPropertyName("object")]
    public string ObjectType { get; init; } = "chat.completion.chunk";

    /// <summary>Seconds since 1970; the same in every chunk of an answer.</summary>
    public long Created { get; init; }

    public string Model { get; init; } = "";

    public string? SystemFingerprint { get; init; }

    /// <summary>Empty in the chunk that carries the usage.</summary>
    public IReadOnlyList<ChatChunkChoice> Choices { get; init; } = [];

    public Usage? Usage { get; init; }

    /// <summary>Tokens of the rendered prompt, in the first chunk, with return_token_ids.</summary>
    public IReadOnlyList<int>? PromptTokenIds { get; init; }
}

/// <summary>What a chunk adds to one of the answers.</summary>
public sealed record ChatChunkChoice
{
    public int Index { get; init; }

    public ChatDelta Delta { get; init; } = new();

    public ChatLogprobs? Logprobs { get; init; }

    public string? FinishReason { get; init; }

    /// <summary>The text or the token that ended the answer.</summary>
    public JsonElement? StopReason { get; init; }

    public IReadOnlyList<int>? TokenIds { get; init; }
}

/// <summary>The new part of a message.</summary>
public sealed record ChatDelta
{
    public string? Role { get; init; }

    public string? Content { get; init; }

    /// <summary>What the model thinks before it answers.</summary>
    public string? ReasoningContent { get; init; }

    public IReadOnlyList<ToolCallDelta>? ToolCalls { get; init; }
}

/// <summary>The new part of a call: the first one has id, type and name, the further ones add to the arguments.</summary>
public sealed record ToolCallDelta
{
    /// <summary>Which of the message's calls it belongs to.</summary>
    public int Index { get; init; }

    public string? Id { get; init; }

    public string? Type { get; init; }

    public FunctionCallDelta? Function { get; init; }
}

/// <summary>The new part of a call's function.</summary>
public sealed record FunctionCallDelta
{
    public string? Name { get; init; }

    public string? Arguments { get; init; }
}
