using Trireme.Fleet.Limits;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Routing;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Limits;

/// <summary>
/// Counts what one request uses of its limits, and tells its entry in the ledger, before its client gets it: what limits hold for and what
/// the ledger has are one number.
/// </summary>
/// <param name="limiter">Over all requests.</param>
/// <param name="meter">What the request has taken.</param>
/// <param name="caller">Whose request it is.</param>
/// <param name="service">Who answers it.</param>
internal sealed class UsageMeter(UsageLimiter limiter, RequestMeter meter, ApiKeyIdentity caller, ServiceRoute service)
{
    /// <summary>Whether the answer's tokens have to be counted one by one.</summary>
    public required bool CountsTokens { get; init; }

    /// <summary>Whether any limit holds for it; without one, what it takes is nobody else's and needs no lock.</summary>
    public bool IsLimited { get; init; }

    /// <summary>Its entry in the ledger; null where there is none.</summary>
    public IUsageEntry? Entry { get; set; }

    /// <summary>What it has used.</summary>
    public UsageCounts Counts => new(meter.Prompt, meter.CachedPrompt, meter.Output, meter.Cost);

    /// <summary>Takes what an answer has used so far, beyond what was taken already.</summary>
    /// <param name="usage">As the engine counts it; null where it does not say.</param>
    /// <param name="contentEvents">Events with generated text so far: a token each where the engine does not say.</param>
    /// <param name="isWhole">The answer ends with this.</param>
    /// <returns>A limit without room for it: nothing of it may reach the client.</returns>
    public LimitDenial? Take(TokenUsage? usage, long contentEvents, bool isWhole)
    {
        if (!CountsTokens) return null;
        LimitDenial? denial;
        if (IsLimited)
        {
            lock (limiter.Gate) denial = TakeNow(usage, contentEvents, limiter.Now);
        }
        else
        {
            denial = TakeNow(usage, contentEvents, default);
        }

        Entry?.Count(Counts, isWhole && denial is null);
        return denial;
    }

    /// <summary>
    /// Takes all that an answer in one piece has used. Where there is no room for it the client gets nothing, and what the engine has done
    /// is counted all the same: else the same request could be sent, computed and refused again and again.
    /// </summary>
    /// <param name="usage">As the engine counts it; null where it does not say.</param>
    /// <param name="isWhole">The client gets all of it at once.</param>
    public LimitDenial? TakeWhole(TokenUsage? usage, bool isWhole)
    {
        if (!CountsTokens) return null;
        LimitDenial? denial = null;
        if (usage is { } used)
        {
            lock (limiter.Gate)
            {
                LimitTime now = limiter.Now;
                denial = meter.CountPrompt(used.Prompt, used.CachedPrompt, now) ?? meter.TakeOutput(used.Generated, now);
                if (denial is not null) meter.AddOutput(used.Generated, now);
            }
        }

        Entry?.Count(Counts, isWhole && denial is null);
        return denial;
    }

    /// <summary>Ends the request, and counts what the client has got beyond what was taken.</summary>
    public void End(RequestOutcome outcome)
    {
        lock (limiter.Gate)
        {
            if (meter.IsEnded) return;
            LimitTime now = limiter.Now;
            EndNow(outcome, now);
            limiter.Spend(caller, service, meter.Cost, now);
        }
    }

    private LimitDenial? TakeNow(TokenUsage? usage, long contentEvents, LimitTime now)
    {
        if (usage is { } counted && meter.CountPrompt(counted.Prompt, counted.CachedPrompt, now) is { } denial) return denial;
        long more = (usage?.Generated ?? contentEvents) - meter.Output;
        if (more <= 0 || meter.TakeOutput(more, now) is not { } none) return null;

        // At once: a stream that still runs may have what this one gives back.
        if (meter.Output == 0) meter.EndUnused();
        return none;
    }

    private void EndNow(RequestOutcome outcome, LimitTime now)
    {
        if (IsUnused(outcome))
        {
            meter.EndUnused();
            return;
        }

        if (CountsTokens && outcome.Usage is { } usage)
        {
            meter.CountPrompt(usage.Prompt, usage.CachedPrompt, now);
            if (outcome.EndedBy == RequestEnd.Replica) meter.AddOutput(Math.Max(0, usage.Generated - meter.Output), now);
        }

        meter.End();
    }

    /// <summary>
    /// Whether nothing came of the request. A client that left before the first token may have kept an engine busy; an engine that answers
    /// and tells no numbers has done something; and whose prompt was too long has been told so by an engine's work.
    /// </summary>
    private bool IsUnused(RequestOutcome outcome)
    {
        bool answered = meter.Output > 0 || outcome.Usage is not null || outcome is { IsComplete: true, Status: < 400 };
        bool begun = outcome is { EndedBy: RequestEnd.Client, Attempts: > 0 };
        return !answered && !begun && !meter.IsPromptDenied;
    }
}
