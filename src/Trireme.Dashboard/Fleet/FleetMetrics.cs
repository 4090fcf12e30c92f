using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Fleet;

/// <summary>Metrics at one moment and over the last minutes.</summary>
public sealed record FleetMetrics
{
    public IReadOnlyList<MetricValue> RequestsPerSecond { get; init; } = [];

    public IReadOnlyList<MetricValue> FailuresPerSecond { get; init; } = [];

    public IReadOnlyList<MetricValue> TokensPerSecond { get; init; } = [];

    public IReadOnlyList<MetricValue> TtftP95 { get; init; } = [];

    public IReadOnlyList<MetricValue> QueueWaitP95 { get; init; } = [];

    public IReadOnlyList<MetricValue> KvUse { get; init; } = [];

    public IReadOnlyList<MetricValue> ReplicaRunning { get; init; } = [];

    public IReadOnlyList<MetricValue> ReplicaWaiting { get; init; } = [];

    public IReadOnlyList<MetricValue> ReplicaKvUse { get; init; } = [];

    /// <summary>By name of a property here, why it is old or empty.</summary>
    public IReadOnlyDictionary<string, string> Problems { get; init; } = new Dictionary<string, string>();

    public TimeRange? Range { get; init; }

    public IReadOnlyList<MetricRange> RequestsOverTime { get; init; } = [];

    public IReadOnlyList<MetricRange> TokensOverTime { get; init; } = [];

    public IReadOnlyList<MetricRange> TtftP50OverTime { get; init; } = [];

    public IReadOnlyList<MetricRange> TtftP95OverTime { get; init; } = [];

    public IReadOnlyList<MetricRange> KvUseOverTime { get; init; } = [];

    /// <summary>Why one of the named properties could not be read; null if all were.</summary>
    public string? ProblemOf(params ReadOnlySpan<string> properties)
    {
        foreach (string property in properties)
        {
            if (Problems.TryGetValue(property, out string? problem)) return problem;
        }

        return null;
    }
}
