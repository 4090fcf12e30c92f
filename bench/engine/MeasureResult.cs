namespace Trireme.Engine.Benchmarks;

/// <summary>One measure of one model with the figures of every round.</summary>
internal sealed record MeasureResult
{
    public required string Model { get; init; }

    public required string Measure { get; init; }

    public required string Unit { get; init; }

    /// <summary>Trireme's figures, one per round.</summary>
    public required IReadOnlyList<double> Ours { get; init; }

    /// <summary>The peer's figures, one per round; empty where it has none.</summary>
    public required IReadOnlyList<double> Peers { get; init; }

    public bool LowerIsBetter { get; init; }

    /// <summary>The least ratio wanted, or the most where the ratio is of time or memory.</summary>
    public required double Wanted { get; init; }

    /// <summary>Ours as a share of what the machine can do at most; null where there is no such bound.</summary>
    public double? FloorShare { get; init; }

    /// <summary>How the ratio is taken, where it is not of the two medians.</summary>
    public string? Note { get; init; }

    public double OurMedian => Median(Ours);

    public double? PeerMedian => Peers.Count == 0 ? null : Median(Peers);

    /// <summary>Above 1 where ours is better, or ours over the peer's where lower is better.</summary>
    public double Ratio => PeerMedian is { } peer ? OurMedian / peer : OurMedian;

    public bool Holds => LowerIsBetter ? Ratio <= Wanted : Ratio >= Wanted;

    private static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
