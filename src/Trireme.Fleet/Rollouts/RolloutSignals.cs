using Trireme.Contracts.Resources;
using Trireme.Fleet.Statistics;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// The signals that a plan's gates ask for, and the share of the plan's level that each may use: the chance that any of them is wrong is
/// at most the sum of the chances.
/// </summary>
internal sealed record RolloutSignals(
    IReadOnlyList<RateSignal> Rates, IReadOnlyList<RatioSignal> Ratios, double QualityLevel, double TaskLevel)
{
    /// <summary>
    /// The quality probe's share: eight texts that all are worse have the p-value 1/256, which at the default level of 0.01 is just enough.
    /// The others share what is left.
    /// </summary>
    private const double QualityShare = 0.4;

    /// <summary>The same of tasks, where there are any: eight that all are newly failed have the p-value 1/256.</summary>
    private const double TaskShare = 0.4;

    public static RolloutSignals Of(RolloutGates gates)
    {
        RateSignal[] rates = [.. RatesOf(gates)];
        RatioSignal[] ratios = [.. RatiosOf(gates)];
        int judged = rates.Select(static rate => rate.Signal).Concat(ratios.Select(static ratio => ratio.Signal)).Distinct().Count();
        double taskShare = gates.Tasks is { Count: > 0 } ? TaskShare : 0;
        double level = gates.SignificanceLevel * (1 - QualityShare - taskShare) / judged;
        return new RolloutSignals(
            [.. rates.Select(rate => rate with { Level = level * rate.Part })],
            [.. ratios.Select(ratio => ratio with { Level = level * ratio.Part })],
            gates.SignificanceLevel * QualityShare,
            gates.SignificanceLevel * taskShare);
    }

    private static IEnumerable<RateSignal> RatesOf(RolloutGates gates)
    {
        yield return new RateSignal
        {
            Key = SignalWords.ErrorRate,
            Signal = SignalWords.ErrorRate,
            Read = static arm => new HitCount(Math.Min(arm.Errors, arm.Requests), arm.Requests),
            Margin = gates.MaxErrorRateIncrease,
        };
        if (gates.MaxFinishReasonShift is not { } shift) yield break;

        (string Name, Func<FinishCounts, long> Read)[] reasons =
        [
            ("stop", static counts => counts.Stop),
            ("length", static counts => counts.Length),
            ("tool_calls", static counts => counts.ToolCalls),
            ("content_filter", static counts => counts.ContentFilter),
            ("other", static counts => counts.Other),
        ];

        // A share may rise or fall too far, and all of these are one gate.
        double part = 1.0 / (2 * reasons.Length);
        foreach ((string name, Func<FinishCounts, long> read) in reasons)
        {
            yield return Share(name, read, falls: false);
            yield return Share(name, read, falls: true);
        }

        RateSignal Share(string name, Func<FinishCounts, long> read, bool falls) => new()
        {
            Key = $"{SignalWords.FinishReason} {name} {(falls ? "less" : "more")}",
            Signal = SignalWords.FinishReason,
            Of = name,
            Read = arm => new HitCount(read(arm.Finished), arm.Finished.Total),
            Margin = shift,
            Falls = falls,
            Part = part,
        };
    }

    private static IEnumerable<RatioSignal> RatiosOf(RolloutGates gates)
    {
        double slack = gates.MinLatencyExcess.TotalSeconds;
        yield return Latency(SignalWords.Ttft, static arm => arm.Ttft, gates.MaxTtftRatio);
        yield return Latency(SignalWords.Itl, static arm => arm.Itl, gates.MaxItlRatio);
        if (gates.MaxEndToEndRatio is { } endToEnd) yield return Latency(SignalWords.EndToEnd, static arm => arm.Duration, endToEnd);
        if (gates.MaxCostPerTokenRatio is { } cost)
        {
            yield return new RatioSignal
            {
                Key = SignalWords.CostPerToken,
                Signal = SignalWords.CostPerToken,
                Read = static arm => arm.CostPerToken,
                MaxRatio = cost,
            };
        }

        if (gates.MaxOutputLengthRatio is not { } length) yield break;
        yield return Length("longer", shorter: false);
        yield return Length("shorter", shorter: true);

        RatioSignal Latency(string name, Func<ArmWindow, LogSum> read, double maxRatio) => new()
        {
            Key = name,
            Signal = name,
            Read = read,
            MaxRatio = maxRatio,
            Slack = slack,
        };

        RatioSignal Length(string name, bool shorter) => new()
        {
            Key = $"{SignalWords.OutputLength} {name}",
            Signal = SignalWords.OutputLength,
            Read = static arm => arm.OutputTokens,
            MaxRatio = length,
            Falls = shorter,
            Part = 0.5,
        };
    }
}

/// <summary>A share of requests that may not rise, or fall, by more than a margin.</summary>
internal sealed record RateSignal
{
    /// <summary>Under which its sums are kept.</summary>
    public required string Key { get; init; }

    /// <summary>The gate it belongs to.</summary>
    public required string Signal { get; init; }

    /// <summary>Which of the gate's shares it is; null where there is one.</summary>
    public string? Of { get; init; }

    public required Func<ArmWindow, HitCount> Read { get; init; }

    public required double Margin { get; init; }

    public bool Falls { get; init; }

    /// <summary>The part of its gate's level that it may use.</summary>
    public double Part { get; init; } = 1;

    /// <summary>The chance of a wrong "worse" in a whole move.</summary>
    public double Level { get; init; }
}

/// <summary>A quantity of which the new release's may not exceed, or fall short of, the serving one's by more than a ratio.</summary>
internal sealed record RatioSignal
{
    /// <summary>Under which its sums are kept.</summary>
    public required string Key { get; init; }

    /// <summary>The gate it belongs to.</summary>
    public required string Signal { get; init; }

    /// <summary>Measurements of a window, and the sum of their logarithms.</summary>
    public required Func<ArmWindow, LogSum> Read { get; init; }

    public required double MaxRatio { get; init; }

    /// <summary>What the new release may exceed the serving one by whatever the ratio, in the quantity's unit.</summary>
    public double Slack { get; init; }

    public bool Falls { get; init; }

    /// <summary>The part of its gate's level that it may use.</summary>
    public double Part { get; init; } = 1;

    /// <summary>The chance of a wrong "worse" in a whole move.</summary>
    public double Level { get; init; }

    /// <summary>How far a pair of logarithmic means is beyond the limit.</summary>
    public double Excess(double baseline, double candidate)
    {
        (double low, double high) = Falls ? (candidate, baseline) : (baseline, candidate);
        double limit = Slack > 0 ? Math.Log(Math.Max(Math.Exp(low) * MaxRatio, Math.Exp(low) + Slack)) : low + Math.Log(MaxRatio);
        return Rounding.Drop(high - limit);
    }
}
