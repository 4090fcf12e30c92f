using System.Collections.Concurrent;

namespace Trireme.Telemetry.Storage;

/// <summary>Type, help and unit of metrics, as the last target that named them said. Names beyond the bound are left out.</summary>
internal sealed class MetricMetadata
{
    private const int MaxMetrics = 10_000;
    private const int MaxTextLength = 1024;

    private readonly ConcurrentDictionary<string, MetricDescription> _metrics = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, MetricDescription>> All => _metrics;

    public MetricDescription? Find(string metric) => _metrics.GetValueOrDefault(metric);

    /// <param name="metric">Name of the metric.</param>
    /// <param name="keyword">What the text is: TYPE, HELP or UNIT.</param>
    /// <param name="text">What is said about the metric.</param>
    public void Set(string metric, string keyword, string text)
    {
        if (!_metrics.TryGetValue(metric, out MetricDescription? known))
        {
            if (_metrics.Count >= MaxMetrics || metric.Length > MaxTextLength) return;
            known = new MetricDescription("unknown", "", "");
        }

        if (text.Length > MaxTextLength) text = text[..MaxTextLength];
        MetricDescription next = keyword switch
        {
            "TYPE" => known with { Type = text == "untyped" ? "unknown" : text },
            "HELP" => known with { Help = text },
            _ => known with { Unit = text },
        };
        if (!ReferenceEquals(next, known)) _metrics[metric] = next;
    }
}

internal sealed record MetricDescription(string Type, string Help, string Unit);
