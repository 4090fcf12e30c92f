using Trireme.Fleet.Limits;
using Trireme.Gateway.Accounting;

namespace Trireme.Gateway.Limits;

/// <summary>Counts what one request uses of its limits, before its client gets it.</summary>
/// <param name="limiter">Over all requests.</param>
/// <param name="meter">What the request has taken.</param>
/// <param name="countsTokens">Whether a limit is one of tokens or of what they cost.</param>
internal sealed class UsageMeter(UsageLimiter limiter, RequestMeter meter, bool countsTokens)
{
    /// <summary>Whether the answer's tokens have to be counted one by one.</summary>
    public bool CountsTokens { get; } = countsTokens;

    /// <summary>Takes what an answer has used so far, beyond what was taken already.</summary>
    /// <param name="usage">As the engine counts it; null where it does not say.</param>
    /// <param name="contentEvents">Events with generated text so far: a token each where the engine does not say.</param>
    /// <returns>A limit without room for it: nothing of it may reach the client.</returns>
    public LimitDenial? Take(TokenUsage? usage, long contentEvents)
    {
        if (!CountsTokens) return null;
        return limiter.With(meter, (taken, now) =>
        {
            if (usage is { } counted && taken.CountPrompt(counted.Prompt, counted.CachedPrompt, now) is { } denial) return denial;
            long more = (usage?.Generated ?? contentEvents) - taken.Output;
            if (more <= 0 || taken.TakeOutput(more, now) is not { } none) return null;

            // At once: a stream that still runs may have what this one gives back.
            if (taken.Output == 0) taken.EndUnused();
            return none;
        });
    }

    /// <summary>
    /// Takes all that an answer in one piece has used. Where there is no room for it the client gets nothing, and what the engine has done
    /// is counted all the same: else the same request could be sent, computed and refused again and again.
    /// </summary>
    public LimitDenial? TakeWhole(TokenUsage usage)
    {
        if (!CountsTokens) return null;
        return limiter.With(meter, (taken, now) =>
        {
            LimitDenial? denial = taken.CountPrompt(usage.Prompt, usage.CachedPrompt, now)
                ?? taken.TakeOutput(usage.Generated, now);
            if (denial is not null) taken.AddOutput(usage.Generated, now);
            return denial;
        });
    }

    /// <summary>Ends the request, and counts what the client has got beyond what was taken.</summary>
    public void End(RequestOutcome outcome) => limiter.With(meter, (taken, now) =>
    {
        if (taken.IsEnded) return null;
        if (IsUnused(taken, outcome))
        {
            taken.EndUnused();
            return null;
        }

        if (CountsTokens && outcome.Usage is { } usage)
        {
            taken.CountPrompt(usage.Prompt, usage.CachedPrompt, now);
            if (outcome.EndedBy == RequestEnd.Replica) taken.AddOutput(Math.Max(0, usage.Generated - taken.Output), now);
        }

        taken.End();
        return null;
    });

    /// <summary>
    /// Whether nothing came of the request. A client that left before the first token may have kept an engine busy; an engine that answers
    /// and tells no numbers has done something; and whose prompt was too long has been told so by an engine's work.
    /// </summary>
    private static bool IsUnused(RequestMeter taken, RequestOutcome outcome)
    {
        bool answered = taken.Output > 0 || outcome.Usage is not null || outcome is { IsComplete: true, Status: < 400 };
        bool begun = outcome is { EndedBy: RequestEnd.Client, Attempts: > 0 };
        return !answered && !begun && !taken.IsPromptDenied;
    }
}
