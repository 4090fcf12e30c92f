namespace Trireme.Fleet.Limits;

/// <summary>
/// What one key, tenant or service has used of its limits. Not safe for concurrent use: requests of one gateway are metered under one lock.
/// </summary>
/// <param name="kind">What it is: a key, a tenant or a service.</param>
/// <param name="holder">Which one.</param>
public sealed class LimitScope(string kind, string holder)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private SlidingWindow? _requests;
    private SlidingWindow? _tokens;
    private PeriodBudget? _day;
    private PeriodBudget? _month;
    private int? _mostAtOnce;

    /// <summary>What it is: a key, a tenant or a service.</summary>
    public string Kind { get; } = kind;

    /// <summary>Whose it is, in the words of an error: "key a/b", "tenant x".</summary>
    public string Name { get; } = $"{kind} {holder}";

    /// <summary>Requests that have begun and not ended.</summary>
    public int Active { get; private set; }

    /// <summary>Whether a limit is one of tokens or of what they cost.</summary>
    public bool CountsTokens => _tokens is not null || _day is not null || _month is not null;

    /// <summary>Takes other limits from now on; what was used stays used.</summary>
    public void Limit(UsageLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _requests = Of(_requests, limits.RequestsPerMinute);
        _tokens = Of(_tokens, limits.TokensPerMinute);
        _day = Of(_day, BudgetPeriod.Day, limits.CostPerDay);
        _month = Of(_month, BudgetPeriod.Month, limits.CostPerMonth);
        _mostAtOnce = limits.ConcurrentRequests;
    }

    /// <summary>Lets budgets that are new go on with what their holder has spent already.</summary>
    public void Restore(Spent spent, LimitTime now)
    {
        _day?.Restore(now.Utc, spent.Day);
        _month?.Restore(now.Utc, spent.Month);
    }

    /// <summary>Adds what was spent before by others than the requests that were counted here.</summary>
    public void Add(Spent before, LimitTime now)
    {
        _day?.Take(before.Day, now.Utc);
        _month?.Take(before.Month, now.Utc);
    }

    /// <summary>Whether it can be forgotten: no request is under way, and nothing that was used within the last minute counts.</summary>
    public bool IsIdle(LimitTime now)
    {
        if (Active > 0) return false;
        bool hasRequests = _requests is not null && _requests.Free(now.Steady) >= 0 && _requests.Taken > 0;
        bool hasTokens = _tokens is not null && _tokens.Free(now.Steady) >= 0 && _tokens.Taken > 0;
        return !hasRequests && !hasTokens;
    }

    /// <summary>Why a request may not begin; null if it may.</summary>
    /// <param name="tokens">Tokens that it takes at once.</param>
    /// <param name="cost">What they cost.</param>
    /// <param name="now">The time.</param>
    internal LimitDenial? Denies(long tokens, long cost, LimitTime now)
    {
        if (_mostAtOnce is { } most && Active >= most)
        {
            return new LimitDenial(this, LimitKind.ConcurrentRequests, most, 0, 1, RetryAfter: null);
        }

        return Denies(_requests, LimitKind.RequestsPerMinute, 1, now.Steady) ?? DeniesUse(tokens, cost, now);
    }

    /// <summary>Why a request may not use more; null if it may.</summary>
    internal LimitDenial? DeniesUse(long tokens, long cost, LimitTime now) =>
        Denies(_tokens, LimitKind.TokensPerMinute, tokens, now.Steady)
        ?? Denies(_day, LimitKind.CostPerDay, cost, now.Utc)
        ?? Denies(_month, LimitKind.CostPerMonth, cost, now.Utc);

    internal void Begin(LimitTime now)
    {
        Active++;
        _requests?.Take(1, now.Steady);
    }

    internal void End() => Active--;

    internal Taken Take(long tokens, long cost, LimitTime now)
    {
        long part = _tokens?.Take(tokens, now.Steady) ?? 0;
        _day?.Take(cost, now.Utc);
        _month?.Take(cost, now.Utc);
        return new Taken(part, _day?.Began ?? default, _month?.Began ?? default);
    }

    internal void GiveBack(long tokens, long cost, Taken taken)
    {
        _tokens?.GiveBack(tokens, taken.Part);
        _day?.GiveBack(cost, taken.Day);
        _month?.GiveBack(cost, taken.Month);
    }

    private LimitDenial? Denies(SlidingWindow? window, LimitKind kind, long asked, TimeSpan now)
    {
        if (window is null || asked == 0) return null;
        long free = window.Free(now);
        return asked <= free ? null : new LimitDenial(this, kind, window.Limit, free, asked, window.WaitFor(asked, now));
    }

    private LimitDenial? Denies(PeriodBudget? budget, LimitKind kind, long asked, DateTimeOffset utc)
    {
        if (budget is null || asked == 0) return null;
        long free = budget.Free(utc);
        return asked <= free ? null : new LimitDenial(this, kind, budget.Limit, free, asked, budget.WaitFor(asked, utc));
    }

    private static SlidingWindow? Of(SlidingWindow? window, long? limit)
    {
        if (limit is not { } most) return null;
        if (window is null) return new SlidingWindow(most, Minute);
        window.Limit = most;
        return window;
    }

    private static PeriodBudget? Of(PeriodBudget? budget, BudgetPeriod period, long? limit)
    {
        if (limit is not { } most) return null;
        if (budget is null) return new PeriodBudget(period, most);
        budget.Limit = most;
        return budget;
    }
}

/// <summary>Where something was taken, so that it can be given back there.</summary>
internal readonly record struct Taken(long Part, DateOnly Day, DateOnly Month);
