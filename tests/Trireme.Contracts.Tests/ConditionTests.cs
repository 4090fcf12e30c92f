using Trireme.Contracts.Resources;

namespace Trireme.Contracts.Tests;

public sealed class ConditionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_transition_time_moves_only_when_the_status_changes()
    {
        IReadOnlyList<Condition> first = ConditionList.With(null, Ready(ConditionStatus.False, "Starting"), Noon);
        IReadOnlyList<Condition> reworded = first.With(Ready(ConditionStatus.False, "LoadingWeights"), Noon.AddSeconds(5));
        IReadOnlyList<Condition> ready = reworded.With(Ready(ConditionStatus.True, "Answering"), Noon.AddSeconds(9));

        Assert.Equal(Noon, reworded.Find("Ready")!.LastTransitionTime);
        Assert.Equal("LoadingWeights", reworded.Find("Ready")!.Reason);
        Assert.Equal(Noon.AddSeconds(9), ready.Find("Ready")!.LastTransitionTime);
        Assert.True(ready.IsTrue("Ready"));
        Assert.Single(ready);
    }

    private static Condition Ready(ConditionStatus status, string reason) => new() { Type = "Ready", Status = status, Reason = reason };
}
