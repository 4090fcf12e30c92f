using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>What a look at the samples says.</summary>
public enum Judgement
{
    /// <summary>Not enough samples, or they prove nothing either way.</summary>
    Inconclusive,

    /// <summary>The new release is within every limit.</summary>
    Pass,

    /// <summary>The new release breaks a limit.</summary>
    Fail,
}

/// <summary>The judgement over all signals: the worst of them decides.</summary>
public sealed record RolloutVerdict
{
    public required Judgement Judgement { get; init; }

    /// <summary>One sentence with the numbers that decided.</summary>
    public required string Reason { get; init; }

    /// <summary>Each signal by itself.</summary>
    [ListMap("signal")]
    public IReadOnlyList<SignalVerdict> Signals { get; init; } = [];
}

/// <summary>One compared signal.</summary>
public sealed record SignalVerdict
{
    /// <summary>errorRate, finishReason, ttft, itl, e2e, outputLength, costPerToken, quality or tasks.</summary>
    public required string Signal { get; init; }

    public required Judgement Judgement { get; init; }

    /// <summary>
    /// The serving release's value: a share of requests or tasks, seconds, money, or bits per byte. Of a signal that compares pairs it is
    /// that of the middle pair by ratio, so that values and ratio agree.
    /// </summary>
    public double? Baseline { get; init; }

    /// <summary>The new release's value in the same unit, of the same pair.</summary>
    public double? Candidate { get; init; }

    /// <summary>The new release's value over the serving one's, of a signal that is limited by a ratio.</summary>
    public double? Ratio { get; init; }

    /// <summary>Requests, windows or texts that were compared.</summary>
    public int Samples { get; init; }

    /// <summary>Measurements of the serving release behind its value: requests, tokens' pauses or texts.</summary>
    public long BaselineSamples { get; init; }

    /// <summary>The same of the new release.</summary>
    public long CandidateSamples { get; init; }

    /// <summary>
    /// Chance of a difference at least this bad beyond the limit if the new release were within it; absent where no test was
    /// run.
    /// </summary>
    public double? PValue { get; init; }

    /// <summary>One sentence with the numbers.</summary>
    public required string Reason { get; init; }
}
