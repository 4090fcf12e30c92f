using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

public sealed class CarriedWeightTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ReleaseRef V1 = new() { Name = "v1", ContentHash = "sha256:1111" };
    private static readonly ReleaseRef V2 = new() { Name = "v2", ContentHash = "sha256:2222" };

    [Theory]
    [InlineData(2, 50)]
    [InlineData(1, 25)]
    [InlineData(0, 0)]
    public void A_release_gets_no_more_traffic_than_its_ready_replicas_carry(int ready, int weight)
    {
        var rollout = new RolloutStatus
        {
            Phase = RolloutPhase.Progressing,
            From = V1,
            To = V2,
            Step = 1,
            Plan = new RolloutSpec(),
            StartedAt = Now,
            StepStartedAt = Now,
        };
        RolloutSnapshot snapshot = new()
        {
            Now = Now,
            Service = RolloutWorld.Service,
            Spec = new ModelServiceSpec { Release = "v2", Replicas = 4 },
            Wanted = V2,
            Stable = V1,
            Rollout = rollout,
            StableReady = 4,
            WantedReady = ready,
        };
        RolloutDecision decision = RolloutPlanner.Decide(snapshot);
        Assert.Equal([new ReleaseTarget(V1, 4, 100 - weight), new ReleaseTarget(V2, 2, weight)], decision.Targets);
        Assert.NotNull(decision.RequeueAfter);

        // The same while the spec names a release that cannot be used: the rollout's own release counts.
        RolloutDecision without = RolloutPlanner.Decide(snapshot with { Wanted = null, WantedReady = 0, CandidateReady = ready });
        Assert.Equal([100 - weight, weight], without.Targets.Select(target => target.Weight));
    }
}
