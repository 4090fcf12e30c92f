using System.Collections.Concurrent;

namespace Trireme.Contracts.Metrics;

/// <summary>
/// The metrics of one process or one part of it, written out in Prometheus' text format. The usual .NET client refuses the
/// colon in vLLM's metric names, which this project serves under the same names.
/// </summary>
public sealed class MetricRegistry
{
    /// <summary>Content type of the text format, version 0.0.4.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly ConcurrentDictionary<string, Metric> _metrics = new();

    /// <summary>Those of the last visit. Metrics are only ever added, so a count that differs says that it is old.</summary>
    private Metric[]? _sorted;

    public Counter Counter(string name, string help, params string[] labelNames) =>
        Register(name, () => new Counter(name, help, labelNames));

    public Gauge Gauge(string name, string help, params string[] labelNames) =>
        Register(name, () => new Gauge(name, help, labelNames));

    /// <param name="name">Name with its unit last.</param>
    /// <param name="help">What is observed.</param>
    /// <param name="upperBounds">Rising upper bounds of the buckets, without infinity.</param>
    /// <param name="labelNames">Names of the labels every series has.</param>
    public Histogram Histogram(string name, string help, double[] upperBounds, params string[] labelNames) =>
        Register(name, () => new Histogram(name, help, upperBounds, labelNames));

    public LogSummary LogSummary(string name, string help, params string[] labelNames) =>
        Register(name, () => new LogSummary(name, help, labelNames));

    /// <summary>Writes all metrics, sorted by name.</summary>
    public string ToText()
    {
        var writer = new MetricTextWriter();
        Accept(writer);
        return writer.ToString();
    }

    /// <summary>Shows all metrics, sorted by name.</summary>
    public void Accept(IMetricVisitor visitor)
    {
        Metric[]? sorted = Volatile.Read(ref _sorted);
        if (sorted is null || sorted.Length != _metrics.Count)
        {
            sorted = [.. _metrics.Values.OrderBy(metric => metric.Name, StringComparer.Ordinal)];
            Volatile.Write(ref _sorted, sorted);
        }

        foreach (Metric metric in sorted) metric.Accept(visitor);
    }

    private TMetric Register<TMetric>(string name, Func<TMetric> create)
        where TMetric : Metric =>
        _metrics.GetOrAdd(name, _ => create()) as TMetric
        ?? throw new InvalidOperationException($"The metric {name} is registered already with another type.");
}
