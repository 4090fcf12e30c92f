namespace Trireme.Contracts.Metrics;

/// <summary>A number that only rises until the process ends.</summary>
public sealed class Counter : MetricFamily<Counter.Series>
{
    internal Counter(string name, string help, string[] labelNames)
        : base(name, help, labelNames)
    {
    }

    internal override string Type => "counter";

    private protected override Series CreateSeries() => new();

    private protected override void Show(IMetricVisitor visitor, string[] labelValues, Series series) =>
        visitor.Sample(Name, LabelNames, labelValues, series.Value, bucketBound: null);

    public sealed class Series
    {
        private double _value;

        public double Value => Volatile.Read(ref _value);

        public void Add(double amount = 1)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(amount);
            Atomic.Add(ref _value, amount);
        }
    }
}
