using Trireme.Contracts.Resources;

namespace Trireme.Dashboard.Fleet;

/// <summary>What the dashboard knows at one moment. Old values stay while a source is silent.</summary>
public sealed record FleetOverview
{
    public static FleetOverview Empty { get; } = new();

    /// <summary>False until the first poll has ended.</summary>
    public bool Loaded { get; init; }

    /// <summary>When the last poll ended, whatever it found.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>When the API server last answered; null while it never has.</summary>
    public DateTimeOffset? ResourcesAt { get; init; }

    /// <summary>When the metrics last answered; null while they never have.</summary>
    public DateTimeOffset? MetricsAt { get; init; }

    public IReadOnlyList<ModelService> Services { get; init; } = [];

    public IReadOnlyList<ModelReplica> Replicas { get; init; } = [];

    public IReadOnlyList<Event> Events { get; init; } = [];

    public FleetMetrics Metrics { get; init; } = new();

    /// <summary>Why the API server's part is old; null while it is fresh.</summary>
    public string? ApiProblem { get; init; }

    /// <summary>Why the metrics are old; null while they are fresh.</summary>
    public string? TelemetryProblem { get; init; }
}
