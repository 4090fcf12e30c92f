namespace Trireme.Fleet.Limits;

/// <summary>
/// What keys, tenants and services have spent in the current day and month of UTC, whether or not a budget holds for them: so one that is
/// set in the middle of a month begins with what was spent of it. Holders are forgotten with the month. Not safe for concurrent use.
/// </summary>
public sealed class SpentBook
{
    private readonly Dictionary<(string Kind, string Name), (PeriodBudget Day, PeriodBudget Month)> _holders = [];
    private DateOnly _month;

    /// <summary>How many holders have spent anything in this month.</summary>
    public int Count => _holders.Count;

    /// <summary>Adds what a holder has spent.</summary>
    public void Add(string kind, string name, Spent spent, DateTimeOffset utc)
    {
        Advance(utc);
        if (spent == default) return;
        if (!_holders.TryGetValue((kind, name), out (PeriodBudget Day, PeriodBudget Month) holder))
        {
            holder = (new PeriodBudget(BudgetPeriod.Day, long.MaxValue), new PeriodBudget(BudgetPeriod.Month, long.MaxValue));
            _holders.Add((kind, name), holder);
        }

        holder.Day.Take(spent.Day, utc);
        holder.Month.Take(spent.Month, utc);
    }

    /// <summary>What a holder has spent so far.</summary>
    public Spent Of(string kind, string name, DateTimeOffset utc)
    {
        Advance(utc);
        if (!_holders.TryGetValue((kind, name), out (PeriodBudget Day, PeriodBudget Month) holder)) return default;
        return new Spent(holder.Day.SpentBy(utc), holder.Month.SpentBy(utc));
    }

    private void Advance(DateTimeOffset utc)
    {
        var day = DateOnly.FromDateTime(utc.UtcDateTime);
        DateOnly month = day.AddDays(1 - day.Day);
        if (month <= _month) return;
        _month = month;
        _holders.Clear();
    }
}

/// <summary>What was spent, in billionths of the currency.</summary>
/// <param name="Day">In the current day of UTC.</param>
/// <param name="Month">In the current calendar month of UTC, that day included.</param>
public readonly record struct Spent(long Day, long Month)
{
    /// <summary>Spent just now, which is in both.</summary>
    public static Spent Now(long cost) => new(cost, cost);
}
