namespace Trireme.Fleet.Limits;

/// <summary>
/// What one request uses of all limits that hold for it. It begins with the least that its prompt may have, whose place an engine's count
/// takes before the client sees anything, and takes every token before the client gets it: so clients get no more than the limits, however
/// many requests run at once, and nothing is set aside that others could use. Not safe for concurrent use.
/// </summary>
public sealed class RequestMeter
{
    private readonly LimitScope[] _scopes;
    private readonly TokenPrices _prices;
    private readonly Taken[] _taken;
    private readonly Taken[] _takenMore;

    private readonly long _estimate;

    /// <summary>What was taken for the prompt, by estimate or as the engine counted it.</summary>
    private long _prompt;
    private long _promptCost;
    private bool _isCounted;

    private RequestMeter(LimitScope[] scopes, TokenPrices prices, long prompt)
    {
        _scopes = scopes;
        _prices = prices;
        _taken = new Taken[scopes.Length];
        _takenMore = new Taken[scopes.Length];
        _estimate = prompt;
        _prompt = prompt;
        _promptCost = prompt * prices.LeastPrompt;
    }

    /// <summary>Whether it has given up its place.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether an engine has counted a prompt that there was no room for.</summary>
    public bool IsPromptDenied { get; private set; }

    /// <summary>Generated tokens that were taken.</summary>
    public long Output { get; private set; }

    /// <summary>Tokens of the prompt that were taken.</summary>
    public long Prompt => _prompt;

    /// <summary>Those of them that an engine's cache held.</summary>
    public long CachedPrompt { get; private set; }

    /// <summary>What was taken costs, in billionths of the currency.</summary>
    public long Cost => _promptCost + (Output * _prices.Output);

    /// <summary>Begins a request if all limits have room for it.</summary>
    /// <param name="scopes">Whose limits hold.</param>
    /// <param name="promptEstimate">Tokens that the prompt is expected to have.</param>
    /// <param name="prices">Of the service.</param>
    /// <param name="now">The time.</param>
    /// <param name="meter">To be ended, however the request ends; null where it is denied.</param>
    /// <returns>Null, or the first limit without room, and then nothing is taken.</returns>
    public static LimitDenial? TryBegin(
        LimitScope[] scopes, long promptEstimate, TokenPrices prices, LimitTime now, out RequestMeter? meter)
    {
        ArgumentNullException.ThrowIfNull(scopes);
        meter = null;
        foreach (LimitScope scope in scopes)
        {
            if (scope.Denies(promptEstimate, promptEstimate * prices.LeastPrompt, now) is { } denial) return denial;
        }

        meter = new RequestMeter(scopes, prices, promptEstimate);
        for (int i = 0; i < scopes.Length; i++)
        {
            scopes[i].Begin(now);
            meter._taken[i] = scopes[i].Take(promptEstimate, meter._promptCost, now);
        }

        return null;
    }

    /// <summary>Puts the number that an engine counted in the place of the estimate; the first one holds.</summary>
    /// <returns>A limit without room for what there is more. It is taken all the same, because an engine has done the work.</returns>
    public LimitDenial? CountPrompt(long tokens, long cached, LimitTime now)
    {
        if (_isCounted) return null;
        long cost = ((tokens - cached) * _prices.Prompt) + (cached * _prices.CachedPrompt);
        long more = Math.Max(0, tokens - _prompt);
        long moreCost = Math.Max(0, cost - _promptCost);
        LimitDenial? denial = DenialOf(more, moreCost, now);
        IsPromptDenied = denial is not null;
        for (int i = 0; i < _scopes.Length; i++)
        {
            _scopes[i].GiveBack(Math.Max(0, _prompt - tokens), Math.Max(0, _promptCost - cost), _taken[i]);
            if (more > 0 || moreCost > 0) _takenMore[i] = _scopes[i].Take(more, moreCost, now);
        }

        (_prompt, CachedPrompt, _promptCost, _isCounted) = (tokens, cached, cost, true);
        return denial;
    }

    /// <summary>Takes tokens that are about to go to the client.</summary>
    /// <returns>A limit that has no room for them; they must not go then, and nothing is taken.</returns>
    public LimitDenial? TakeOutput(long tokens, LimitTime now)
    {
        long cost = tokens * _prices.Output;
        if (DenialOf(tokens, cost, now) is { } denial) return denial;
        foreach (LimitScope scope in _scopes) scope.Take(tokens, cost, now);
        Output += tokens;
        return null;
    }

    /// <summary>Counts tokens that the client has got already, whether or not there is room.</summary>
    public void AddOutput(long tokens, LimitTime now)
    {
        foreach (LimitScope scope in _scopes) scope.Take(tokens, tokens * _prices.Output, now);
        Output += tokens;
    }

    /// <summary>Gives up the request's place. What it used stays used.</summary>
    public void End()
    {
        if (IsEnded) return;
        IsEnded = true;
        foreach (LimitScope scope in _scopes) scope.End();
    }

    /// <summary>Ends a request of which the client has seen nothing: what was taken for its prompt is given back.</summary>
    public void EndUnused()
    {
        if (IsEnded || Output > 0) throw new InvalidOperationException("The client has seen some of its answer.");
        for (int i = 0; i < _scopes.Length; i++)
        {
            // A cost belongs to no part of a minute, so all of it goes back with the first part.
            _scopes[i].GiveBack(Math.Min(_prompt, _estimate), _promptCost, _taken[i]);
            _scopes[i].GiveBack(Math.Max(0, _prompt - _estimate), 0, _takenMore[i]);
        }

        (_prompt, CachedPrompt, _promptCost) = (0, 0, 0);
        End();
    }

    private LimitDenial? DenialOf(long tokens, long cost, LimitTime now)
    {
        foreach (LimitScope scope in _scopes)
        {
            if (scope.DeniesUse(tokens, cost, now) is { } denial) return denial;
        }

        return null;
    }
}
