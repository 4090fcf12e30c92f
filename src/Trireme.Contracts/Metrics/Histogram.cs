namespace Trireme.Contracts.Metrics;

/// <summary>Counts observations by size.</summary>
public sealed class Histogram : MetricFamily<Histogram.Series>
{
    private readonly double[] _upperBounds;
    private readonly string[] _boundLabels;
    private readonly string _bucketName;
    private readonly string _sumName;
    private readonly string _countName;

    internal Histogram(string name, string help, double[] upperBounds, string[] labelNames)
        : base(name, help, labelNames)
    {
        _upperBounds = upperBounds;
        _boundLabels = [.. upperBounds.Select(MetricTextWriter.Format), "+Inf"];
        _bucketName = name + "_bucket";
        _sumName = name + "_sum";
        _countName = name + "_count";
    }

    internal override string Type => "histogram";

    private protected override Series CreateSeries() => new(_upperBounds);

    private protected override void Show(IMetricVisitor visitor, string[] labelValues, Series series)
    {
        long cumulative = 0;
        for (int i = 0; i < _boundLabels.Length; i++)
        {
            cumulative += series.BucketCount(i);
            visitor.Sample(_bucketName, LabelNames, labelValues, cumulative, _boundLabels[i]);
        }

        visitor.Sample(_sumName, LabelNames, labelValues, series.Sum, bucketBound: null);
        // The count is taken from the buckets, so that both always agree in one scrape.
        visitor.Sample(_countName, LabelNames, labelValues, cumulative, bucketBound: null);
    }

    public sealed class Series
    {
        private readonly double[] _upperBounds;
        private readonly long[] _counts;
        private double _sum;

        internal Series(double[] upperBounds)
        {
            _upperBounds = upperBounds;
            _counts = new long[upperBounds.Length + 1];
        }

        public double Sum => Volatile.Read(ref _sum);

        public long Count => _counts.Sum(static count => count);

        internal long BucketCount(int index) => Volatile.Read(ref _counts[index]);

        public void Observe(double value)
        {
            int index = Array.BinarySearch(_upperBounds, value);
            Interlocked.Increment(ref _counts[index < 0 ? ~index : index]);
            Atomic.Add(ref _sum, value);
        }
    }
}
