using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Scraping;

namespace Trireme.Hosting.Telemetry;

/// <summary>Feeds the metrics of a part of this process to the series store without HTTP.</summary>
internal sealed class RegistrySource(string job, MetricRegistry registry) : IMetricSource
{
    public LabelSet Labels { get; } = LabelSet.Of(new Label("job", job), new Label("instance", "trireme"));

    public string ReadText() => registry.ToText();
}
