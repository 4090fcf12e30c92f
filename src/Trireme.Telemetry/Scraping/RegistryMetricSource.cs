using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Scraping;

/// <summary>Reads a <see cref="MetricRegistry"/> of this process.</summary>
public sealed class RegistryMetricSource(MetricRegistry registry, LabelSet labels) : IMetricSource
{
    public LabelSet Labels { get; } = labels;

    public string ReadText() => registry.ToText();
}
