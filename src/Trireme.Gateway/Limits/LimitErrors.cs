using System.Globalization;
using Trireme.Contracts.OpenAi;
using Trireme.Fleet.Limits;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Limits;

/// <summary>What a client is told whose request a limit has no room for.</summary>
internal static class LimitErrors
{
    private const double Billion = 1e9;

    /// <summary>A place is free again when any answer ends, which nobody can foretell.</summary>
    private static readonly TimeSpan PlaceWait = TimeSpan.FromSeconds(1);

    public static GatewayError Of(LimitDenial denial)
    {
        bool isBudget = denial.Kind is LimitKind.CostPerDay or LimitKind.CostPerMonth;
        TimeSpan? wait = denial.Kind == LimitKind.ConcurrentRequests ? PlaceWait : denial.RetryAfter;
        string then = wait switch
        {
            null => "It is more than the limit itself: ask for less.",
            _ when denial.Kind == LimitKind.ConcurrentRequests => "Send it again when another one has ended.",
            { } time => string.Create(CultureInfo.InvariantCulture, $"There is room again in {Math.Ceiling(time.TotalSeconds):0} seconds."),
        };
        return new GatewayError(
            429,
            isBudget ? OpenAiErrorCodes.InsufficientQuota : OpenAiErrorCodes.RateLimitExceeded,
            $"The limit of {denial.Scope.Name}, {Limit(denial)}, has no room for this request: {Left(denial)}. {then}")
        {
            Type = TypeOf(denial.Kind),

            // Clients that repeat by themselves after a second or two must not do so against a budget of a month.
            RetryAfter = wait,
            ClientMayRetry = !isBudget && wait is not null,
        };
    }

    /// <summary>What is limited, as a label of metrics.</summary>
    public static string LabelOf(LimitKind kind) => kind switch
    {
        LimitKind.RequestsPerMinute => "requests_per_minute",
        LimitKind.TokensPerMinute => "tokens_per_minute",
        LimitKind.ConcurrentRequests => "concurrent_requests",
        LimitKind.CostPerDay => "cost_per_day",
        _ => "cost_per_month",
    };

    /// <summary>OpenAI's types of 429: what is limited.</summary>
    private static string TypeOf(LimitKind kind) => kind switch
    {
        LimitKind.TokensPerMinute => "tokens",
        LimitKind.CostPerDay or LimitKind.CostPerMonth => OpenAiErrorCodes.InsufficientQuota,
        _ => "requests",
    };

    private static string Limit(LimitDenial denial) => denial.Kind switch
    {
        LimitKind.RequestsPerMinute => Text($"{denial.Limit} requests a minute"),
        LimitKind.TokensPerMinute => Text($"{denial.Limit} tokens a minute"),
        LimitKind.ConcurrentRequests => Text($"{denial.Limit} requests at a time"),
        LimitKind.CostPerDay => Text($"{denial.Limit / Billion:0.######} a day"),
        _ => Text($"{denial.Limit / Billion:0.######} a month"),
    };

    private static string Left(LimitDenial denial) => denial.Kind switch
    {
        LimitKind.RequestsPerMinute => "all were begun",
        LimitKind.TokensPerMinute => Text($"{denial.Free} are left, and it takes {denial.Asked} more"),
        LimitKind.ConcurrentRequests => "as many are being answered",
        _ => Text($"{denial.Free / Billion:0.######} is left"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
