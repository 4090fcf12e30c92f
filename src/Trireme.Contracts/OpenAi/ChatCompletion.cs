using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>A whole answer of POST /v1/chat/completions.</summary>
public sealed record ChatCompletion
{
    public string Id { get; init; } = "";

    [JsonPropertyName("object")]
    public string ObjectType { get; init; } = "chat.completion";

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; init; }

    public string Model { get; init; } = "";

    /// <summary>The release that answered.</summary>
    public string? SystemFingerprint { get; init; }

    public IReadOnlyList<ChatChoice> Choices { get; init; } = [];

    public Usage? Usage { get; init; }

    /// <summary>Tokens of the rendered prompt, with return_token_ids.</summary>
    public IReadOnlyList<int>? PromptTokenIds { get; init; }

    /// <summary>
    /// Per prompt token, with prompt_logprobs: the log-probabilities of the token and its alternatives by id; the first token has none.
    /// </summary>
    public IReadOnlyList<IReadOnlyDictionary<string, PromptLogprob>?>? PromptLogprobs { get; init; }
}

/// <summary>One of the answers asked for.</summary>
public sealed record ChatChoice
{
    public int Index { get; init; }

    public ChatMessage Message { get; init; } = new();

    public ChatLogprobs? Logprobs { get; init; }

    /// <summary>"stop", "length" or "tool_calls".</summary>
    public string? FinishReason { get; init; }

    /// <summary>The text or the token that ended the answer; absent for its ordinary end and for one that was cut.</summary>
    public JsonElement? StopReason { get; init; }

    public IReadOnlyList<int>? TokenIds { get; init; }
}

/// <summary>Log-probabilities of generated tokens.</summary>
public sealed record ChatLogprobs
{
    public IReadOnlyList<ChatTokenLogprob>? Content { get; init; }
}

/// <summary>A token's natural log-probability; the alternatives are best first and have none themselves.</summary>
public sealed record ChatTokenLogprob
{
    public string Token { get; init; } = "";

    public double Logprob { get; init; }

    /// <summary>The token's UTF-8 bytes, for tokens that are parts of a character.</summary>
    public IReadOnlyList<int>? Bytes { get; init; }

    public IReadOnlyList<ChatTokenLogprob>? TopLogprobs { get; init; }
}
