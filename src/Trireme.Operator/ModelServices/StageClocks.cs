using Trireme.Contracts.Timing;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;

namespace Trireme.Operator.ModelServices;

/// <summary>
/// Measures how long each service is in its stage, such as a rollout that is under way. A stage that is met for the first time goes on from
/// what is recorded of it; the time of day has no part in it.
/// </summary>
internal sealed class StageClocks(TimeProvider time)
{
    private readonly Dictionary<ResourceKey, StageClock> _clocks = [];

    public TimeSpan Read(ServiceSnapshot seen)
    {
        var key = ResourceKey.Of(seen.Service);
        if (seen.Stage is not { } stage)
        {
            _clocks.Remove(key);
            return TimeSpan.Zero;
        }

        TimeSpan now = time.GetSteadyTime();
        if (!_clocks.TryGetValue(key, out StageClock? clock) || clock.Stage != stage)
        {
            _clocks[key] = clock = new StageClock(stage, now - seen.RecordedElapsed);
        }

        return now - clock.Origin;
    }

    public void Forget(ResourceKey key) => _clocks.Remove(key);

    /// <param name="Stage">What is measured.</param>
    /// <param name="Origin">When it would have begun, had it been measured by this process from the start.</param>
    private sealed record StageClock(string Stage, TimeSpan Origin);
}
