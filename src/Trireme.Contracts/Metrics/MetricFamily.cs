using System.Collections.Concurrent;

namespace Trireme.Contracts.Metrics;

/// <summary>
/// All series of one metric, by label values. The number of series is bounded: past the bound every new combination falls
/// into one series whose label values are "other", so that a hostile label never exhausts memory.
/// </summary>
public abstract class MetricFamily<TSeries> : Metric
    where TSeries : class
{
    private const int MaxSeries = 10_000;
    private const string Overflow = "other";

    private readonly ConcurrentDictionary<LabelValues, TSeries> _series = new();
    private readonly LabelValues _overflow;

    private protected MetricFamily(string name, string help, string[] labelNames)
        : base(name, help, labelNames)
    {
        var values = new string[labelNames.Length];
        Array.Fill(values, Overflow);
        _overflow = new LabelValues(values);
    }

    /// <summary>The series with these label values, in the order of the label names; keep the result on hot paths.</summary>
    public TSeries With(params string[] labelValues)
    {
        if (labelValues.Length != LabelNames.Count)
        {
            throw new ArgumentException($"{Name} has {LabelNames.Count} labels, not {labelValues.Length}.", nameof(labelValues));
        }

        var key = new LabelValues(labelValues);
        if (_series.TryGetValue(key, out TSeries? series)) return series;
        if (_series.Count >= MaxSeries) key = _overflow;
        return _series.GetOrAdd(key, static (_, family) => family.CreateSeries(), this);
    }

    /// <summary>Removes a series whose subject is gone, such as a stopped replica.</summary>
    public void Remove(params string[] labelValues) => _series.TryRemove(new LabelValues(labelValues), out _);

    private protected abstract TSeries CreateSeries();

    private protected abstract void Show(IMetricVisitor visitor, string[] labelValues, TSeries series);

    internal sealed override void Accept(IMetricVisitor visitor)
    {
        visitor.Metric(Name, Help, Type);
        foreach ((LabelValues labels, TSeries series) in _series) Show(visitor, labels.Values, series);
    }

    private readonly struct LabelValues(string[] values) : IEquatable<LabelValues>
    {
        public string[] Values { get; } = values;

        public bool Equals(LabelValues other) => Values.AsSpan().SequenceEqual(other.Values);

        public override bool Equals(object? obj) => obj is LabelValues other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (string value in Values) hash.Add(value);
            return hash.ToHashCode();
        }
    }
}
