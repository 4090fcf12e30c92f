using System.Globalization;
using Trireme.Contracts.Metrics;

namespace Trireme.Inference.Adapters;

/// <summary>
/// vLLM's gauge of adapters in use: their names are label values and the value is when that last changed, in seconds since 1970, so
/// that a reader of several series knows the latest. There is one series at a time. Called under the store's lock.
/// </summary>
internal sealed class AdapterMetrics
{
    private const string Engine = "0";

    private readonly Gauge _gauge;
    private readonly string _modelName;
    private readonly string _maxAdapters;
    private readonly TimeProvider _time;
    private string[]? _labels;

    public AdapterMetrics(MetricRegistry registry, string modelName, int maxAdapters, TimeProvider time)
    {
        _gauge = registry.Gauge(
            EngineMetricNames.LoraRequestsInfo,
            "Adapters with running and with waiting requests; the value is the time of the last change.",
            "model_name",
            "engine",
            "max_lora",
            "running_lora_adapters",
            "waiting_lora_adapters");
        _modelName = modelName;
        _maxAdapters = maxAdapters.ToString(CultureInfo.InvariantCulture);
        _time = time;
    }

    public void Update(IReadOnlyCollection<ServedAdapter> adapters)
    {
        string[] labels =
        [
            _modelName, Engine, _maxAdapters,
            Names(adapters.Where(adapter => adapter.Running > 0)), Names(adapters.Where(adapter => adapter.Waiting > 0)),
        ];
        if (_labels is not null && labels.AsSpan().SequenceEqual(_labels)) return;
        _gauge.With(labels).Set(_time.GetUtcNow().ToUnixTimeSeconds());
        if (_labels is not null) _gauge.Remove(_labels);
        _labels = labels;
    }

    private static string Names(IEnumerable<ServedAdapter> adapters) =>
        string.Join(',', adapters.Select(adapter => adapter.Description.Name).Order(StringComparer.Ordinal));
}
