using Trireme.Contracts.Timing;

namespace Trireme.Kubernetes;

/// <summary>How a controller works through its keys.</summary>
public sealed record ControllerOptions
{
    /// <summary>Name in logs and metrics, such as "modelservices".</summary>
    public required string Name { get; init; }

    /// <summary>Keys reconciled at the same time.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Pauses of a key that fails.</summary>
    public Backoff Backoff { get; init; } = new();
}
