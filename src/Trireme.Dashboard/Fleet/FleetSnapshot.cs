using Trireme.Contracts.Resources;
using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Fleet;

/// <summary>What the dashboard knows at one moment. Old values stay while a source is silent; the problem says since when.</summary>
public sealed record FleetSnapshot
{
    public static FleetSnapshot Empty { get; } = new();

    /// <summary>False until the first poll has ended.</summary>
    public bool Loaded { get; init; }

    public DateTimeOffset At { get; init; }

    public IReadOnlyList<ModelService> Services { get; init; } = [];

    public IReadOnlyList<ModelReplica> Replicas { get; init; } = [];

    public IReadOnlyList<Event> Events { get; init; } = [];

    public FleetMetrics Metrics { get; init; } = new();

    /// <summary>Why the API server's part is old; null while it is fresh.</summary>
    public string? ApiProblem { get; init; }

    /// <summary>Why the metrics are old; null while they are fresh.</summary>
    public string? TelemetryProblem { get; init; }
}

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

    public TimeRange? Range { get; init; }

    public IReadOnlyList<MetricRange> RequestsOverTime { get; init; } = [];

    public IReadOnlyList<MetricRange> TokensOverTime { get; init; } = [];

    public IReadOnlyList<MetricRange> TtftP50OverTime { get; init; } = [];

    public IReadOnlyList<MetricRange> TtftP95OverTime { get; init; } = [];

    public IReadOnlyList<MetricRange> KvUseOverTime { get; init; } = [];
}
