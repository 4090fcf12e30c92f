using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>Releases, samples and services that the tests of rollouts share.</summary>
internal static class RolloutWorld
{
    public static DateTimeOffset Now { get; } = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static ServiceKey Service { get; } = new("default", "tiny");

    public static ReleaseRef V1 { get; } = new() { Name = "v1", ContentHash = "sha256:1111" };

    public static ReleaseRef V2 { get; } = new() { Name = "v2", ContentHash = "sha256:2222" };

    public static ReleaseRef V3 { get; } = new() { Name = "v3", ContentHash = "sha256:3333" };

    public static RolloutSamples Good { get; } = Windows(1, 16, Now);

    /// <summary>Later windows than the good ones, and enough to tell although those came before.</summary>
    public static RolloutSamples Bad { get; } = Windows(3, 32, Now.AddHours(1));

    /// <summary>A service that has just given its new release, v2, the first share of traffic.</summary>
    public static SimulatedService AtFirstStep(InconclusiveAction onInconclusive = InconclusiveAction.Hold)
    {
        var plan = new RolloutSpec { OnInconclusive = onInconclusive };
        var service = new SimulatedService(V1, Now) { Wanted = V2, WantedReady = 1, Plan = plan };
        service.Decide();
        Assert.Equal(RolloutPhase.Progressing, service.Rollout!.Phase);
        return service;
    }

    /// <summary>A service on which v2 has been promoted over v1 by the judge, so that no replica of v1 is left.</summary>
    public static SimulatedService Promoted()
    {
        SimulatedService service = AtFirstStep();
        service.Samples = Good;
        service.WantedReady = 4;
        service.Advance(20);
        service.Advance(20);
        Assert.Equal((RolloutPhase.Promoted, V2), (service.Rollout!.Phase, service.Stable));
        service.WantedReady = 0;
        return service;
    }

    private static RolloutSamples Windows(double itlRatio, int count, DateTimeOffset start)
    {
        var arm = new ArmWindow { Requests = 10, Ttft = LogSum.Of(0.1, 10), Itl = LogSum.Of(0.02, 10) };
        ArmWindow other = arm with { Itl = LogSum.Of(0.02 * itlRatio, 10) };
        return new RolloutSamples
        {
            Windows = [.. Enumerable.Range(0, count).Select(i => new WindowPair(start.AddSeconds(i), arm, other))],
            Quality = [.. Enumerable.Range(0, 8).Select(i => new QualityPair(i, 1, 1))],
        };
    }
}
