namespace Trireme.Telemetry.Model;

/// <summary>
/// A native histogram at one time: buckets of exponentially rising width, only those that hold something. Counts are per bucket, not
/// cumulative, and fractional, because rates and averages of histograms are histograms too. Never changed once it is made.
/// </summary>
internal sealed class NativeHistogram
{
    private const int OverheadBytes = 160;

    /// <summary>
    /// Bucket bounds are powers of 2^(2^-schema): -4 (one bucket for a factor of 65,536) to 8 (256 buckets for a factor of two).
    /// </summary>
    public required int Schema { get; init; }

    /// <summary>Observations no further from zero than this are counted in the zero bucket.</summary>
    public double ZeroThreshold { get; init; }

    public double ZeroCount { get; init; }

    public required double Count { get; init; }

    public required double Sum { get; init; }

    public HistogramBuckets Positive { get; init; } = HistogramBuckets.Empty;

    public HistogramBuckets Negative { get; init; } = HistogramBuckets.Empty;

    /// <summary>Memory, estimated; what the store charges for it.</summary>
    public int Bytes => OverheadBytes + Positive.Bytes + Negative.Bytes;
}

/// <summary>The buckets on one side of zero: runs of buckets that follow each other, and the count of each bucket in all runs.</summary>
internal sealed record HistogramBuckets(IReadOnlyList<HistogramSpan> Spans, IReadOnlyList<double> Counts)
{
    public static HistogramBuckets Empty { get; } = new([], []);

    public int Bytes => (Spans.Count * 2 * sizeof(int)) + (Counts.Count * sizeof(double));
}

/// <param name="Offset">
/// Empty buckets before the run: from index 0 for the first run, from the end of the run before for the others.
/// </param>
/// <param name="Length">Buckets in the run.</param>
internal readonly record struct HistogramSpan(int Offset, int Length);
