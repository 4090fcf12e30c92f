using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Limits;

/// <summary>What requests may use at most; what is null is not limited.</summary>
public sealed record UsageLimits
{
    /// <summary>Requests begun in any minute.</summary>
    public long? RequestsPerMinute { get; init; }

    /// <summary>Tokens of prompts and answers in any minute.</summary>
    public long? TokensPerMinute { get; init; }

    /// <summary>Requests at one time.</summary>
    public int? ConcurrentRequests { get; init; }

    /// <summary>Billionths of the currency in a day of UTC.</summary>
    public long? CostPerDay { get; init; }

    /// <summary>Billionths of the currency in a calendar month of UTC.</summary>
    public long? CostPerMonth { get; init; }

    private const double Billion = 1e9;

    /// <summary>The same as people write it.</summary>
    public static UsageLimits From(UsageSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new UsageLimits
        {
            RequestsPerMinute = spec.RequestsPerMinute,
            TokensPerMinute = spec.TokensPerMinute,
            ConcurrentRequests = spec.ConcurrentRequests,
            CostPerDay = (long?)(spec.CostPerDay * Billion),
            CostPerMonth = (long?)(spec.CostPerMonth * Billion),
        };
    }
}

/// <summary>What tokens cost, in billionths of the currency each; a price of 0.15 for a million tokens is 150.</summary>
/// <param name="Prompt">A token of the prompt that had to be computed.</param>
/// <param name="CachedPrompt">One that an engine's cache held.</param>
/// <param name="Output">A generated one.</param>
public readonly record struct TokenPrices(long Prompt, long CachedPrompt, long Output)
{
    /// <summary>Billionths of the currency for a token, at a price of one for a million tokens.</summary>
    private const double PerToken = 1000;

    /// <summary>The least that a token of a prompt costs.</summary>
    public long LeastPrompt => Math.Min(Prompt, CachedPrompt);

    /// <summary>The same as people write it, rounded to a thousandth for a million tokens.</summary>
    public static TokenPrices From(PriceSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new TokenPrices(Of(spec.Prompt), Of(spec.CachedPrompt ?? spec.Prompt), Of(spec.Output));

        static long Of(double price) => (long)Math.Round(price * PerToken);
    }
}
