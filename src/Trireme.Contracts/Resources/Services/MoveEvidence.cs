using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>
/// What the judge has summed up of a move. It is written together with the decision that was made from it, so that after a restart each
/// window of samples counts once: neither lost nor counted again.
/// </summary>
public sealed record MoveEvidence
{
    /// <summary>Start of the last window of the current step that is in the sums; absent while there is none.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? LastWindow { get; init; }

    /// <summary>Shares of requests, such as failed ones.</summary>
    [ListMap("signal")]
    [MaxLength(16)]
    public IReadOnlyList<RateEvidence> Rates { get; init; } = [];

    /// <summary>Quantities that are compared by their ratio, such as latencies.</summary>
    [ListMap("signal")]
    [MaxLength(16)]
    public IReadOnlyList<RatioEvidence> Ratios { get; init; } = [];

    /// <summary>What the quality probe came to, once it was through: it is asked once in a move.</summary>
    public SignalVerdict? Quality { get; init; }

    /// <summary>What the tasks came to, once they were through.</summary>
    public SignalVerdict? Tasks { get; init; }
}

/// <summary>Sums of one share of requests.</summary>
public sealed record RateEvidence
{
    /// <summary>What is counted.</summary>
    public required string Signal { get; init; }

    /// <summary>Requests of the serving release since the move began to get traffic.</summary>
    public long BaselineRequests { get; init; }

    /// <summary>Those of them that are counted.</summary>
    public long BaselineHits { get; init; }

    /// <summary>Requests of the serving release in this step.</summary>
    public long StepBaselineRequests { get; init; }

    /// <summary>Those of them that are counted.</summary>
    public long StepBaselineHits { get; init; }

    /// <summary>Requests of the new release in this step.</summary>
    public long StepCandidateRequests { get; init; }

    /// <summary>Those of them that are counted.</summary>
    public long StepCandidateHits { get; init; }

    /// <summary>Evidence that the new release is beyond the limit, over the whole move.</summary>
    public BetEvidence Worse { get; init; } = new();
}

/// <summary>Sums of one quantity, on the logarithmic scale.</summary>
public sealed record RatioEvidence
{
    /// <summary>What is measured.</summary>
    public required string Signal { get; init; }

    /// <summary>Blocks of this step: stretches of time with enough measurements on both sides.</summary>
    public int Blocks { get; init; }

    /// <summary>Sum of the blocks' weights in this step.</summary>
    public double Weight { get; init; }

    /// <summary>Weighted sum of the serving release's logarithmic means in this step.</summary>
    public double BaselineSum { get; init; }

    /// <summary>Weighted sum of the new release's logarithmic means in this step.</summary>
    public double CandidateSum { get; init; }

    /// <summary>Measurements of the serving release in this step.</summary>
    public long BaselineSamples { get; init; }

    /// <summary>Measurements of the new release in this step.</summary>
    public long CandidateSamples { get; init; }

    /// <summary>The block that is still too small.</summary>
    public OpenBlock? Open { get; init; }

    /// <summary>Blocks since the move began to get traffic.</summary>
    public int MoveBlocks { get; init; }

    /// <summary>Sum of their excesses over the limit, scaled to one measurement and without outliers.</summary>
    public double ExcessSum { get; init; }

    /// <summary>Sum of the squares of these.</summary>
    public double ExcessSquareSum { get; init; }

    /// <summary>Evidence that the new release is beyond the limit, over the whole move.</summary>
    public BetEvidence Worse { get; init; } = new();

    /// <summary>Evidence that the new release is within the limit, in this step.</summary>
    public BetEvidence Within { get; init; } = new();
}

/// <summary>Measurements that wait for others to make up a block.</summary>
public sealed record OpenBlock
{
    /// <summary>Measurements of the serving release.</summary>
    public long BaselineCount { get; init; }

    /// <summary>Sum of their logarithms.</summary>
    public double BaselineSum { get; init; }

    /// <summary>Measurements of the new release.</summary>
    public long CandidateCount { get; init; }

    /// <summary>Sum of their logarithms.</summary>
    public double CandidateSum { get; init; }
}

/// <summary>
/// Money that was made by betting against a hypothesis at odds that are fair if it is true, which is the evidence against it.
/// </summary>
public sealed record BetEvidence
{
    /// <summary>Times that was bet.</summary>
    public long Bets { get; init; }

    /// <summary>
    /// Natural logarithm of what each player has on the table; they differ in how much of it they stake. Each has a reserve beside it, of
    /// which a little is put on the table before every bet.
    /// </summary>
    [MaxLength(8)]
    public IReadOnlyList<double> LogWealth { get; init; } = [];

    /// <summary>The largest natural logarithm that the mean of their money, which began at 1, has had.</summary>
    public double LogPeak { get; init; }
}
