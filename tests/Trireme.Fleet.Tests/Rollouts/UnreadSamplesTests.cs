using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

public sealed class UnreadSamplesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ReleaseRef V1 = new() { Name = "v1", ContentHash = "sha256:1111" };
    private static readonly ReleaseRef V2 = new() { Name = "v2", ContentHash = "sha256:2222" };

    [Theory]
    [InlineData(InconclusiveAction.Hold, RolloutPhase.Held)]
    [InlineData(InconclusiveAction.Rollback, RolloutPhase.RolledBack)]
    public void A_step_runs_out_of_time_only_once_its_samples_have_been_read(InconclusiveAction action, RolloutPhase end)
    {
        var step = new RolloutStep { Weight = 50, MinDuration = Duration.FromSeconds(1), MaxDuration = Duration.FromSeconds(60) };
        var restarted = new RolloutSnapshot
        {
            Now = Now,
            Service = RolloutWorld.Service,
            Elapsed = TimeSpan.FromSeconds(100),
            Spec = new ModelServiceSpec { Release = "v2", Replicas = 2 },
            Wanted = V2,
            Stable = V1,
            StableReady = 2,
            WantedReady = 1,
            SamplesWereRead = false,
            Rollout = new RolloutStatus
            {
                Phase = RolloutPhase.Progressing,
                From = V1,
                To = V2,
                Plan = new RolloutSpec { Steps = [step], OnInconclusive = action },
                StartedAt = Now,
                StepStartedAt = Now,
            },
        };
        RolloutDecision waiting = RolloutPlanner.Decide(restarted);
        Assert.Equal(RolloutPhase.Progressing, waiting.Rollout!.Phase);
        Assert.NotNull(waiting.RequeueAfter);
        Assert.Equal(end, RolloutPlanner.Decide(restarted with { SamplesWereRead = true }).Rollout!.Phase);

        // Nor does it wait for ever for samples that nobody comes to read.
        Assert.Equal(end, RolloutPlanner.Decide(restarted with { Elapsed = TimeSpan.FromSeconds(120) }).Rollout!.Phase);
    }
}
