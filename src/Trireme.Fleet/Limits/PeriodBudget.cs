namespace Trireme.Fleet.Limits;

/// <summary>
/// What was spent in the current day or month of UTC. A clock that is set back opens no period that was spent already. Not safe for
/// concurrent use.
/// </summary>
/// <param name="period">Its length.</param>
/// <param name="limit">Most that is spent in one.</param>
public sealed class PeriodBudget(BudgetPeriod period, long limit)
{
    /// <summary>Most that is spent in a period.</summary>
    public long Limit { get; set; } = limit;

    public BudgetPeriod Period { get; } = period;

    /// <summary>First day of the current period.</summary>
    public DateOnly Began { get; private set; }

    /// <summary>Spent in the current period.</summary>
    public long Spent { get; private set; }

    /// <summary>Goes on with what a ledger knows was spent.</summary>
    public void Restore(DateTimeOffset utc, long spent)
    {
        Advance(utc);
        Spent = Math.Max(Spent, spent);
    }

    /// <summary>Spent in the period that a time is in.</summary>
    public long SpentBy(DateTimeOffset utc)
    {
        Advance(utc);
        return Spent;
    }

    /// <summary>How much may be spent.</summary>
    public long Free(DateTimeOffset utc)
    {
        Advance(utc);
        return Math.Max(0, Limit - Spent);
    }

    /// <summary>Spends it whether or not there is room.</summary>
    public void Take(long amount, DateTimeOffset utc)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        Advance(utc);
        Spent += amount;
    }

    /// <summary>Gives back what was not used; what was spent in a period before stays there.</summary>
    public void GiveBack(long amount, DateOnly began)
    {
        if (began == Began) Spent -= Math.Min(amount, Spent);
    }

    /// <summary>How long until that much may be spent; null if it is more than the limit.</summary>
    public TimeSpan? WaitFor(long amount, DateTimeOffset utc)
    {
        if (amount <= Free(utc)) return TimeSpan.Zero;
        return amount > Limit ? null : new DateTimeOffset(Next.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) - utc;
    }

    private DateOnly Next => Period == BudgetPeriod.Day ? Began.AddDays(1) : Began.AddMonths(1);

    private void Advance(DateTimeOffset utc)
    {
        var day = DateOnly.FromDateTime(utc.UtcDateTime);
        DateOnly began = Period == BudgetPeriod.Day ? day : day.AddDays(1 - day.Day);
        if (began <= Began) return;
        Began = began;
        Spent = 0;
    }
}

/// <summary>How long a budget lasts.</summary>
public enum BudgetPeriod
{
    /// <summary>A day of UTC.</summary>
    Day,

    /// <summary>A calendar month of UTC.</summary>
    Month,
}
