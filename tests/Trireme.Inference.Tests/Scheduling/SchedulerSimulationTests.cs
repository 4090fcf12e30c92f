using Trireme.Inference.Caching;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Tests.Scheduling;

/// <summary>
/// Random arrivals, answers, drafts, forks, priorities, deadlines, cancellations, budgets and shortages of memory over a cache that is
/// nearly always too small.
/// </summary>
public sealed class SchedulerSimulationTests
{
    [Fact]
    public void Over_100_000_steps_every_request_ends_no_block_is_lost_or_shared_wrongly_and_budget_and_priorities_hold()
    {
        var total = new SimulationCounts();
        for (int seed = 0; total.Steps < 100_000; seed++) new SchedulerSimulation(seed, total).Run();

        // The invariants mean little unless the rare paths are taken often.
        Assert.True(total.Preemptions > 2_000, $"{total.Preemptions} preemptions");
        Assert.True(total.CachedTokens > 20_000, $"{total.CachedTokens} cached tokens");
        Assert.True(total.SharedForks > 1_000, $"{total.SharedForks} forks that shared their leader's blocks");
        Assert.True(total.Copies > 500, $"{total.Copies} copied blocks");
        Assert.True(total.Expired > 100, $"{total.Expired} expired");
        Assert.True(total.Retreats > 200, $"{total.Retreats} retreats");
        Assert.True(total.Drafts > 50_000, $"{total.Drafts} drafts");
        Assert.True(total.AcceptedDrafts > 20_000, $"{total.AcceptedDrafts} accepted drafts");
        Assert.True(total.Overtakings > 20, $"{total.Overtakings} preemptions for a better priority");
    }
}

/// <summary>How often each path was taken.</summary>
internal sealed class SimulationCounts
{
    public int Steps { get; set; }

    public int Preemptions { get; set; }

    public int CachedTokens { get; set; }

    public int SharedForks { get; set; }

    public int Copies { get; set; }

    public int Expired { get; set; }

    public int Retreats { get; set; }

    public int Overtakings { get; set; }

    public int Drafts { get; set; }

    public int AcceptedDrafts { get; set; }
}
