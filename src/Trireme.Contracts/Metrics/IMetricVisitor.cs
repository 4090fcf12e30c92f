namespace Trireme.Contracts.Metrics;

/// <summary>Is shown the metrics of a registry as they are now, without a detour over text.</summary>
public interface IMetricVisitor
{
    /// <summary>Begins a metric; its samples follow.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="help">What it is.</param>
    /// <param name="type">Prometheus' word: counter, gauge, histogram or summary.</param>
    void Metric(string name, string help, string type);

    /// <summary>
    /// Shows one sample. Name, label values and bound are the same objects in every visit for as long as the series lives, so that a
    /// visitor can know a series again by reference.
    /// </summary>
    /// <param name="name">Name of the sample: of a histogram or summary the metric's with _bucket, _sum or _count.</param>
    /// <param name="labelNames">Names of the labels of the metric.</param>
    /// <param name="labelValues">Their values, in the same order. Not to be changed.</param>
    /// <param name="value">The value now.</param>
    /// <param name="bucketBound">Value of the label le where the sample is a bucket, else null.</param>
    void Sample(string name, IReadOnlyList<string> labelNames, string[] labelValues, double value, string? bucketBound);
}
