using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Trireme.Inference.Generation;

namespace Trireme.Worker.Answers;

/// <summary>One answer the engine generates, with what was seen of it. Read by one task.</summary>
internal sealed class Answer(int index, IReadOnlyList<int> promptTokens, ChannelReader<TokenEvent> events)
{
    /// <summary>Stands for the last event of an answer that has none.</summary>
    public static readonly TokenEvent EndedEarly =
        new() { FinishReason = FinishReason.Error, Error = "The engine ended the answer without saying why." };

    private TokenEvent? _peeked;

    public int Index { get; } = index;

    public IReadOnlyList<int> PromptTokens { get; } = promptTokens;

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

    /// <summary>False once the answer has ended and was read.</summary>
    public ValueTask<bool> WaitAsync()
    {
        if (_peeked is not null) return ValueTask.FromResult(true);
        if (Ended) return ValueTask.FromResult(false);
        // The engine ends the channel when the request's token is cancelled, so a token here would only cost an allocation.
        return events.WaitToReadAsync();
    }

    public bool TryRead([NotNullWhen(true)] out TokenEvent? token)
    {
        token = _peeked;
        _peeked = null;
        if (token is null && !events.TryRead(out token)) return false;

        Ended = token.FinishReason is not null;
        if (token.TokenId is not null) GeneratedTokens++;
        if (token.CachedPromptTokens is { } cached) CachedPromptTokens = cached;
        return true;
    }

    /// <summary>
    /// Waits for the first event without taking it, so that a failure before it can still change the status of the HTTP answer.
    /// </summary>
    public async ValueTask<TokenEvent> PeekAsync()
    {
        while (_peeked is null)
        {
            if (!await events.WaitToReadAsync()) return EndedEarly;
            if (events.TryRead(out TokenEvent? token)) _peeked = token;
        }

        return _peeked;
    }

    /// <summary>Reads all events; null, or how the answer failed.</summary>
    public async Task<TokenEvent?> CollectAsync()
    {
        while (await WaitAsync())
        {
            while (TryRead(out TokenEvent? token))
            {
                if (Failed(token)) return token;
                Collected.Add(token);
            }
        }

        return Ended ? null : EndedEarly;
    }

    /// <summary>An answer that broke off: the engine failed, or stops while the client still waits.</summary>
    public static bool Failed(TokenEvent token) => token.FinishReason is FinishReason.Error or FinishReason.Abort;
}
