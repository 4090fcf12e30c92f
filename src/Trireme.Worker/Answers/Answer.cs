using Trireme.Inference.Generation;

namespace Trireme.Worker.Answers;

/// <summary>One answer the engine generates, with what was seen of it.</summary>
internal sealed class Answer(int index, IReadOnlyList<int> promptTokens)
{
    public int Index { get; } = index;

    public IReadOnlyList<int> PromptTokens { get; } = promptTokens;

    /// <summary>Tokens that were computed for it, those of answers that were not chosen included.</summary>
    public int GeneratedTokens { get; private set; }

    public int CachedPromptTokens { get; private set; }

    /// <summary>Whether the last event was read.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether the events that open a stream were written.</summary>
    public bool Opened { get; set; }

    /// <summary>Characters of the text whose tokens were reported with log-probabilities so far.</summary>
    public int TextOffset { get; set; }

    /// <summary>All events, of an answer that is sent whole.</summary>
    public List<TokenEvent> Collected { get; } = [];

    public void Note(TokenEvent token)
    {
        Ended = token.FinishReason is not null;
        if (token.TokenId is not null) GeneratedTokens++;
        GeneratedTokens += token.DiscardedTokens ?? 0;
        if (token.CachedPromptTokens is { } cached) CachedPromptTokens = cached;
    }

    /// <summary>An answer that broke off: the engine failed, gave the request up, or stops while the client still waits.</summary>
    public static bool Failed(TokenEvent token) => token.FinishReason is FinishReason.Error or FinishReason.Abort or FinishReason.Expired;
}
