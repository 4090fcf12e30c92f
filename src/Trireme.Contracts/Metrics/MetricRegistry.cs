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

    /// <summary>Writes all metrics, sorted by name.</summary>
    public string ToText()
    {
        var writer = new MetricTextWriter();
        foreach (Metric metric in _metrics.Values.OrderBy(metric => metric.Name, StringComparer.Ordinal))
        {
            writer.Header(metric.Name, metric.Help, metric.Type);
            metric.Write(writer);
        }

        return writer.ToString();
    }

    private TMetric Register<TMetric>(string name, Func<TMetric> create)
        where TMetric : Metric =>
        _metrics.GetOrAdd(name, _ => create()) as TMetric
        ?? throw new InvalidOperationException($"The metric {name} is registered already with another type.");
}
