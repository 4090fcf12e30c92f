namespace Trireme.Contracts.Metrics;

/// <summary>A number that rises and falls.</summary>
public sealed class Gauge : MetricFamily<Gauge.Series>
{
    internal Gauge(string name, string help, string[] labelNames)
        : base(name, help, labelNames)
    {
    }

    internal override string Type => "gauge";

    private protected override Series CreateSeries() => new();

    private protected override void Show(IMetricVisitor visitor, string[] labelValues, Series series) =>
        visitor.Sample(Name, LabelNames, labelValues, series.Value, bucketBound: null);

    public sealed class Series
    {
        private double _value;
        private Func<double>? _read;

        public double Value => _read?.Invoke() ?? Volatile.Read(ref _value);

        public void Set(double value) => Volatile.Write(ref _value, value);

        public void Add(double amount) => Atomic.Add(ref _value, amount);

        /// <summary>Reads the value when it is asked for, for numbers that are cheap to read and costly to track.</summary>
        public void SetSource(Func<double> read) => _read = read;
    }
}
