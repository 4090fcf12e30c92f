using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>What a version before this one left in a service's status.</summary>
public sealed class EarlierVersionTests
{
    private const string Stored = """
        {"phase":"Progressing","from":{"name":"v1","contentHash":"sha256:1111"},"to":{"name":"v2","contentHash":"sha256:2222"},
         "plan":{"steps":[{"weight":10,"minDuration":"20s","maxDuration":"10m"},{"weight":50,"minDuration":"20s","maxDuration":"10m"}],
         "gates":{},"onInconclusive":"Hold"},"step":0,
         "startedAt":"2026-01-01T11:59:00.000000Z","stepStartedAt":"2026-01-01T11:59:30.000000Z"}
        """;

    [Fact]
    public void A_rollout_in_progress_goes_on_to_its_end()
    {
        RolloutStatus rollout = JsonSerializer.Deserialize<RolloutStatus>(Stored, ResourceJson.Options)!;
        RolloutSnapshot seen = new()
        {
            Now = Now,
            Service = RolloutWorld.Service,
            Spec = new ModelServiceSpec { Release = "v2", Replicas = 4 },
            Wanted = V2,
            Stable = V1,
            Rollout = rollout,
            StableReady = 4,
            WantedReady = 4,
            Samples = Good,
        };
        RolloutDecision first = RolloutPlanner.Decide(seen with { Elapsed = TimeSpan.FromSeconds(19) });
        Assert.Equal((RolloutPhase.Progressing, 0), (first.Rollout!.Phase, first.Rollout.Step));
        Assert.Equal([new ReleaseTarget(V1, 4, 90), new ReleaseTarget(V2, 1, 10)], first.Targets);

        RolloutDecision second = RolloutPlanner.Decide(seen with { Rollout = first.Rollout, Elapsed = TimeSpan.FromSeconds(20) });
        Assert.Equal((RolloutPhase.Progressing, 1), (second.Rollout!.Phase, second.Rollout.Step));
        RolloutDecision end = RolloutPlanner.Decide(seen with { Rollout = second.Rollout, Elapsed = TimeSpan.FromSeconds(40) });
        Assert.Equal((RolloutPhase.Promoted, V2), (end.Rollout!.Phase, end.Stable));
        Assert.Equal((1, "v2"), (Assert.Single(end.History).Revision, end.History[0].To.Name));
    }
}
