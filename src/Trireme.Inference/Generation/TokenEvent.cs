namespace Trireme.Inference.Generation;

/// <summary>Why an answer ended.</summary>
public enum FinishReason
{
    /// <summary>An end token or a stop text, or the prompt's vector where that is all that was asked for.</summary>
    Stop,

    /// <summary>The token limit or the context length.</summary>
    Length,

    /// <summary>The client left.</summary>
    Abort,

    /// <summary>The engine failed; the message says how.</summary>
    Error,

    /// <summary>The request did not start before its deadline and was never computed.</summary>
    Expired,
}

/// <summary>One step of an answer: a token with the text that is safe to show, or the end.</summary>
public sealed record TokenEvent
{
    /// <summary>The answer it belongs to, from 0 on.</summary>
    public int Choice { get; init; }

    /// <summary>The generated token; null for an event that only carries prompt log-probabilities or the end.</summary>
    public int? TokenId { get; init; }

    /// <summary>
    /// Text to append. Empty while a character or a possible stop text is incomplete; never half a character.
    /// </summary>
    public string Text { get; init; } = "";

    public TokenLogProbability? LogProbability { get; init; }

    /// <summary>One entry per prompt token, in the first event when asked for; the first token has no probability.</summary>
    public IReadOnlyList<TokenLogProbability?>? PromptLogProbabilities { get; init; }

    /// <summary>The prompt's vector, in the last event when asked for.</summary>
    public float[]? Embedding { get; init; }

    /// <summary>Set on the last event.</summary>
    public FinishReason? FinishReason { get; init; }

    /// <summary>The stop text that ended the answer.</summary>
    public string? StopText { get; init; }

    /// <summary>The token that ended the answer, unless it is the model's ordinary end.</summary>
    public int? StopToken { get; init; }

    /// <summary>Prompt tokens found in the prefix cache; set on the last event.</summary>
    public int? CachedPromptTokens { get; init; }

    /// <summary>Tokens of answers that were computed but not chosen; set on the last event of all when there are any.</summary>
    public int? DiscardedTokens { get; init; }

    /// <summary>What failed, with FinishReason.Error, or how long the request waited, with FinishReason.Expired.</summary>
    public string? Error { get; init; }
}

/// <summary>The natural logarithm of a token's probability and of its best alternatives, best first.</summary>
public sealed record TokenLogProbability(int TokenId, float LogProbability, IReadOnlyList<(int TokenId, float LogProbability)> Top)
{
    /// <summary>1 for the most likely token.</summary>
    public int Rank { get; init; } = 1;
}
