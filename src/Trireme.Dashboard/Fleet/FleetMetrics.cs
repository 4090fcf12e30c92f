using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Fleet;

/// <summary>Metrics at one moment.</summary>
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
