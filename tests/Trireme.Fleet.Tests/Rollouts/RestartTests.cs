using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts;
using static Trireme.Fleet.Tests.Rollouts.RolloutWorld;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>The platform is started again in the middle of a move, and knows what is stored and nothing else.</summary>
public sealed class RestartTests
{
    [Theory]
    [InlineData(1.0, RolloutPhase.Promoted)]
    [InlineData(3.0, RolloutPhase.RolledBack)]
    public void Wherever_it_happens_the_same_is_decided_at_the_same_window(double itlRatio, RolloutPhase end)
    {
        List<string> whole = Run(itlRatio, restartAt: -1, readsAgain: false);
        Assert.Contains(end.ToString(), whole[^1], StringComparison.Ordinal);
        for (int at = 0; at < whole.Count; at++)
        {
            Assert.Equal(whole, Run(itlRatio, at, readsAgain: false));
            Assert.Equal(whole, Run(itlRatio, at, readsAgain: true));
        }
    }

    /// <summary>One window in each second, until the move has ended; says what each second came to.</summary>
    private static List<string> Run(double itlRatio, int restartAt, bool readsAgain)
    {
        // A restart may cost some seconds of the move's clock, so the steps of this plan wait for evidence only.
        RolloutStep[] steps = [.. new RolloutSpec().Steps.Select(static step => step with { MinDuration = Duration.Zero })];
        var service = new SimulatedService(V1, Now)
        {
            Wanted = V2, WantedReady = 4, Plan = new RolloutSpec { Steps = steps }, RunningIsKnown = true,
        };
        service.Decide();
        var said = new List<string>();
        var windows = new List<WindowPair>();
        DateTimeOffset stepBegan = default;
        for (int second = 0; said.Count == 0 || service.Rollout!.Phase is RolloutPhase.Progressing; second++)
        {
            if (service.Rollout!.StepStartedAt != stepBegan)
            {
                stepBegan = service.Rollout.StepStartedAt;
                windows.Clear();
            }

            if (second == restartAt)
            {
                service.Store();
                service.Restart();
            }

            // Telemetry still has the windows of the step, of which the status says how many are counted.
            windows.Add(Good.Windows[0] with { Start = Now.AddSeconds(second), Candidate = Slow(itlRatio, second) });
            bool all = readsAgain || second == restartAt;
            service.Samples = new RolloutSamples { Windows = all ? [.. windows] : [windows[^1]], Quality = Good.Quality };
            service.Advance(1);
            Assert.InRange(second, 0, 200);
            RatioEvidence? itl = service.Rollout.Evidence?.Ratios.Single(static ratio => ratio.Signal == "itl");
            said.Add($"{service.Rollout.Phase} {service.Rollout.Step} {itl?.Blocks} {itl?.Worse.LogPeak:0.######} {service.History.Count}");
        }

        return said;
    }

    private static ArmWindow Slow(double ratio, int second) =>
        Good.Windows[0].Candidate with { Itl = LogSum.Of(0.02 * ratio * (second % 2 == 0 ? 1.2 : 0.9), 10) };
}
