using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts.Waves;

/// <summary>Everything a fleet rollout's decision needs, read at one moment.</summary>
public sealed record WaveSnapshot
{
    /// <summary>The time of day, to record; intervals are measured by <see cref="Elapsed"/>.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>How long the fleet rollout has run, measured by a steady clock while the platform did.</summary>
    public required TimeSpan Elapsed { get; init; }

    public required FleetRollout Rollout { get; init; }

    /// <summary>Every service of the namespace by its name.</summary>
    public required IReadOnlyDictionary<string, ModelService> Services { get; init; }

    /// <summary>Every release of the namespace by its name.</summary>
    public required IReadOnlyDictionary<string, Release> Releases { get; init; }

    /// <summary>Why the API server refused the last write for a service, by the service's name.</summary>
    public IReadOnlyDictionary<string, string> Refusals { get; init; } = new Dictionary<string, string>();

    internal FleetRolloutSpec Spec => Rollout.Spec;

    /// <summary>True if the service moves as the spec says now.</summary>
    internal bool Selects(ModelService service) => Spec.Selector.Matches(service.Metadata.Labels)
        && !Spec.Exclude.Contains(service.Metadata.Name);

    /// <summary>True if this rollout was the last one to name the service's release.</summary>
    internal bool HasOrdered(ModelService service) =>
        service.Metadata.Annotations?.GetValueOrDefault(TriremeApi.FleetRolloutAnnotation) == Rollout.Metadata.Uid;
}

/// <summary>What a fleet rollout asks for now.</summary>
/// <param name="Status">What to record, before anything is done.</param>
/// <param name="Create">Releases to make.</param>
/// <param name="Orders">Services to give another release, each only as it was seen.</param>
/// <param name="RequeueAfter">When to decide again even if nothing changes.</param>
public sealed record WaveDecision(
    FleetRolloutStatus Status, IReadOnlyList<WaveRelease> Create, IReadOnlyList<WaveOrder> Orders, TimeSpan? RequeueAfter);
