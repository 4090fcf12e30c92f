using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>An answer of POST /v1/completions; streamed answers are a sequence of the same shape.</summary>
public sealed record Completion
{
    public string Id { get; init; } = "";

    [JsonPropertyName("object")]
    public string ObjectType { get; init; } = "text_completion";

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; init; }

    public string Model { get; init; } = "";

    /// <summary>The release that answered.</summary>
    public string? SystemFingerprint { get; init; }

    public IReadOnlyList<CompletionChoice> Choices { get; init; } = [];

    public Usage? Usage { get; init; }
}

/// <summary>One of the answers asked for: number n of prompt p has the index p * n_max + n.</summary>
public sealed record CompletionChoice
{
    public int Index { get; init; }

    public string Text { get; init; } = "";

    public CompletionLogprobs? Logprobs { get; init; }

    /// <summary>"stop" or "length".</summary>
    public string? FinishReason { get; init; }

    /// <summary>The text or the token that ended the answer; absent for its ordinary end and for one that was cut.</summary>
    public JsonElement? StopReason { get; init; }

    public IReadOnlyList<int>? TokenIds { get; init; }

    public IReadOnlyList<int>? PromptTokenIds { get; init; }

    /// <summary>
    /// Per prompt token, with prompt_logprobs: the log-probabilities of the token and its alternatives by id; the first token has none.
    /// </summary>
    public IReadOnlyList<IReadOnlyDictionary<string, PromptLogprob>?>? PromptLogprobs { get; init; }
}

/// <summary>Log-probabilities of tokens as parallel lists; a prompt's first token has none.</summary>
public sealed record CompletionLogprobs
{
    public IReadOnlyList<string> Tokens { get; init; } = [];

    public IReadOnlyList<double?> TokenLogprobs { get; init; } = [];

    /// <summary>The best alternatives and the token itself, by text.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, double>?>? TopLogprobs { get; init; }

    /// <summary>Where each token starts, in Unicode characters from the start of the text.</summary>
    public IReadOnlyList<int> TextOffset { get; init; } = [];
}

/// <summary>How likely a token of a prompt was.</summary>
public sealed record PromptLogprob
{
    public double Logprob { get; init; }

    /// <summary>1 for the most likely token.</summary>
    public int Rank { get; init; }

    public string DecodedToken { get; init; } = "";
}
