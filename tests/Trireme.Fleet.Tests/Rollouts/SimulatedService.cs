using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>Feeds each decision back as the next snapshot, as the operator does.</summary>
internal sealed class SimulatedService(ReleaseRef? stable, DateTimeOffset start)
{
    public DateTimeOffset Now { get; private set; } = start;

    public ReleaseRef? Stable { get; private set; } = stable;

    public ReleaseRef? Previous { get; private set; }

    public RolloutStatus? Rollout { get; private set; }

    public RolloutDecision? Last { get; private set; }

    public IReadOnlyList<ReleaseTarget> Targets => Last!.Targets;

    public ReleaseRef? Wanted { get; set; }

    public int Replicas { get; set; } = 4;

    public int StableReady { get; set; } = 4;

    public int WantedReady { get; set; }

    public string? WantedFailure { get; set; }

    public string? Promote { get; set; }

    public RolloutSpec Plan { get; set; } = new();

    public RolloutSamples Samples { get; set; } = RolloutSamples.None;

    public void Advance(double seconds)
    {
        Now = Now.AddSeconds(seconds);
        Decide();
    }

    public void Decide()
    {
        Last = RolloutPlanner.Decide(new RolloutSnapshot
        {
            Now = Now,
            Spec = new ModelServiceSpec { Release = Wanted?.Name ?? "missing", Replicas = Replicas, Rollout = Plan },
            Wanted = Wanted,
            Stable = Stable,
            Previous = Previous,
            Rollout = Rollout,
            StableReady = StableReady,
            WantedReady = WantedReady,
            WantedFailure = WantedFailure,
            PromoteRequested = Promote,
            Samples = Samples,
        });
        (Stable, Previous, Rollout) = (Last.Stable, Last.Previous, Last.Rollout);
    }
}
