namespace Trireme.Contracts.Metrics;

/// <summary>
/// Sum and number of the natural logarithms of observations: what their geometric mean is made of. Prometheus' summary without quantiles.
/// Observations below 1 count as 1, so that the sum only rises; the unit is chosen to be smaller than what is observed.
/// </summary>
public sealed class LogSummary : MetricFamily<LogSummary.Series>
{
    private readonly string _sumName;
    private readonly string _countName;

    internal LogSummary(string name, string help, string[] labelNames)
        : base(name, help, labelNames)
    {
        _sumName = name + "_sum";
        _countName = name + "_count";
    }

    internal override string Type => "summary";

    private protected override Series CreateSeries() => new();

    private protected override void Show(IMetricVisitor visitor, string[] labelValues, Series series)
    {
        (double sum, long count) = series.Read();
        visitor.Sample(_sumName, LabelNames, labelValues, sum, bucketBound: null);
        visitor.Sample(_countName, LabelNames, labelValues, count, bucketBound: null);
    }

    public sealed class Series
    {
        private readonly Lock _lock = new();
        private double _sum;
        private long _count;

        public void Observe(double value)
        {
            double log = Math.Log(Math.Max(1, value));
            lock (_lock)
            {
                _sum += log;
                _count++;
            }
        }

        /// <summary>Both of one moment: a logarithm without its count would be a mean that nobody measured.</summary>
        internal (double Sum, long Count) Read()
        {
            lock (_lock) return (_sum, _count);
        }
    }
}
