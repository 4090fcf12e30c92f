namespace Trireme.Fleet.Limits;

/// <summary>What is limited.</summary>
public enum LimitKind
{
    RequestsPerMinute,
    TokensPerMinute,
    ConcurrentRequests,
    CostPerDay,
    CostPerMonth,
}

/// <summary>A limit that has no room for what was asked.</summary>
/// <param name="Scope">Whose limit it is.</param>
/// <param name="Kind">What is limited.</param>
/// <param name="Limit">The most, in the unit of <see cref="UsageLimits"/>.</param>
/// <param name="Free">What is left of it.</param>
/// <param name="Asked">What was asked for.</param>
/// <param name="RetryAfter">
/// How long until there is room if nobody else asks; null where that is not known, or never because more was asked for than the limit.
/// </param>
public sealed record LimitDenial(LimitScope Scope, LimitKind Kind, long Limit, long Free, long Asked, TimeSpan? RetryAfter);
