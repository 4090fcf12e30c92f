using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>Feeds each decision back as the next snapshot, as the operator does.</summary>
internal sealed class SimulatedService(ReleaseRef? stable, DateTimeOffset start)
{
    private TimeSpan _elapsed;
    private int _words;

    /// <summary>Time that has passed, as a time of day.</summary>
    public DateTimeOffset Now { get; private set; } = start;

    /// <summary>How far the clock on the wall is off.</summary>
    public TimeSpan WallOffset { get; set; }

    public ReleaseRef? Stable { get; private set; } = stable;

    public ReleaseRef? Previous { get; private set; }

    public RolloutStatus? Rollout { get; private set; }

    public IReadOnlyList<RolloutRecord> History { get; private set; } = [];

    public RolloutDecision? Last { get; private set; }

    public IReadOnlyList<ReleaseTarget> Targets => Last!.Targets;

    public ReleaseRef? Wanted { get; set; }

    /// <summary>What spec.release names; the wanted release's name unless it is set.</summary>
    public string? Named { get; set; }

    public int Replicas { get; set; } = 4;

    public int StableReady { get; set; } = 4;

    public int WantedReady { get; set; }

    public string? WantedFailure { get; set; }

    public string? WantedComplaint { get; set; }

    public string? WantedProblem { get; set; }

    public string? PromoteOrder { get; set; }

    public string? UndoOrder { get; set; }

    public RolloutSpec Plan { get; set; } = new();

    public RolloutSamples Samples { get; set; } = RolloutSamples.None;

    public bool SamplesWereRead { get; set; } = true;

    /// <summary>A person promotes the move that is under way or was rolled back, as the command does.</summary>
    public void SayPromote() => PromoteOrder = TriremeApi.OrderText(Rollout!.Id, Rollout.To.ContentHash, $"{++_words}");

    /// <summary>A person goes back to a release, as the command does.</summary>
    public void SayUndo(ReleaseRef to)
    {
        UndoOrder = TriremeApi.OrderText(Rollout?.Id, to.ContentHash, $"{++_words}");
        Wanted = to;
    }

    /// <summary>The platform starts again and knows what is recorded.</summary>
    public void Restart() => _elapsed = Rollout is { } rollout ? RolloutTimes.Recorded(rollout) : TimeSpan.Zero;

    public void Advance(double seconds)
    {
        Now = Now.AddSeconds(seconds);
        _elapsed += TimeSpan.FromSeconds(seconds);
        Decide();
    }

    public void Decide()
    {
        RolloutStatus? before = Rollout;
        Last = RolloutPlanner.Decide(new RolloutSnapshot
        {
            Now = Now + WallOffset,
            Elapsed = _elapsed,
            ServiceUid = "u",
            Spec = new ModelServiceSpec { Release = Named ?? Wanted?.Name ?? "missing", Replicas = Replicas, Rollout = Plan },
            Wanted = Wanted,
            WantedProblem = WantedProblem,
            Stable = Stable,
            Previous = Previous,
            Rollout = Rollout,
            History = History,
            StableReady = StableReady,
            WantedReady = WantedReady,
            WantedFailure = WantedFailure,
            WantedComplaint = WantedComplaint,
            PromoteOrder = PromoteOrder,
            UndoOrder = UndoOrder,
            Samples = Samples,
            SamplesWereRead = SamplesWereRead,
        });
        (Stable, Previous, Rollout, History) = (Last.Stable, Last.Previous, Last.Rollout, Last.History);

        // Another move has another clock.
        if (Rollout?.Id != before?.Id) _elapsed = TimeSpan.Zero;
    }
}
