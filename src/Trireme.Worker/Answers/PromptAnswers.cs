using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Trireme.Inference.Generation;

namespace Trireme.Worker.Answers;

/// <summary>The answers to one prompt, whose events come mixed. Read by one task, once the engine has the prompt.</summary>
internal sealed class PromptAnswers(IReadOnlyList<Answer> answers)
{
    /// <summary>Stands for the last event of an answer that has none.</summary>
    private static readonly TokenEvent EndedEarly =
        new() { FinishReason = FinishReason.Error, Error = "The engine ended the answer without saying why." };

    private ChannelReader<TokenEvent>? _events;
    private TokenEvent? _peeked;

    /// <summary>The end of an answer that never came, once all events are read; null when none is missing.</summary>
    public TokenEvent? MissingEnd => answers.All(static answer => answer.Ended) ? null : EndedEarly;

    private ChannelReader<TokenEvent> Events => _events ?? throw new InvalidOperationException("The engine does not have the prompt yet.");

    /// <summary>Says where the engine puts the events.</summary>
    public void Begin(ChannelReader<TokenEvent> events) => _events = events;

    /// <summary>False once all answers have ended and were read.</summary>
    public ValueTask<bool> WaitAsync()
    {
        if (_peeked is not null) return ValueTask.FromResult(true);
        // The engine ends the channel when the request's token is cancelled, so a token here would only cost an allocation.
        return Events.WaitToReadAsync();
    }

    public bool TryRead([NotNullWhen(true)] out Answer? answer, [NotNullWhen(true)] out TokenEvent? token)
    {
        answer = null;
        token = _peeked;
        _peeked = null;
        if (token is null && !Events.TryRead(out token)) return false;
        answer = answers[token.Choice];
        answer.Note(token);
        return true;
    }

    /// <summary>
    /// Waits for the first event without taking it, so that a failure before it can still change the status of the HTTP answer.
    /// </summary>
    public async ValueTask<TokenEvent> PeekAsync()
    {
        while (_peeked is null)
        {
            if (!await Events.WaitToReadAsync()) return EndedEarly;
            if (Events.TryRead(out TokenEvent? token)) _peeked = token;
        }

        return _peeked;
    }

    /// <summary>Reads all events; null, or how an answer failed.</summary>
    public async Task<TokenEvent?> CollectAsync()
    {
        while (await WaitAsync())
        {
            while (TryRead(out Answer? answer, out TokenEvent? token))
            {
                if (Answer.Failed(token)) return token;
                answer.Collected.Add(token);
            }
        }

        return MissingEnd;
    }
}
