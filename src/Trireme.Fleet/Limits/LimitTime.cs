namespace Trireme.Fleet.Limits;

/// <summary>A moment, by the clock that rates go by and by the one that budgets do.</summary>
/// <param name="Steady">Time since any fixed moment; it never goes back, whatever is set.</param>
/// <param name="Utc">Date and time, for periods that begin with a day or a month.</param>
public readonly record struct LimitTime(TimeSpan Steady, DateTimeOffset Utc);
