using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
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

    /// <summary>What is recorded beside the releases and the rollout.</summary>
    public string? Checksum { get; private set; }

    /// <summary>True if the snapshot says which releases' replicas are ready.</summary>
    public bool RunningIsKnown { get; set; }

    /// <summary>What is recorded goes through the store's format and back.</summary>
    public void Store()
    {
        string stored = JsonSerializer.Serialize(Rollout, ResourceJson.Options);
        Rollout = JsonSerializer.Deserialize<RolloutStatus>(stored, ResourceJson.Options);
    }

    /// <summary>Somebody writes the status by hand.</summary>
    public void Edit(ReleaseRef? stable, ReleaseRef? previous, RolloutStatus? rollout, bool keepChecksum = true)
    {
        (Stable, Previous, Rollout) = (stable, previous, rollout);
        if (keepChecksum) return;
        Checksum = null;
        History = [];
    }

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
        RunningRelease[] running =
        [
            .. new RunningRelease?[]
            {
                Wanted is null ? null : new RunningRelease(Wanted, WantedReady, Now.AddHours(1)),
                Wanted == RolloutWorld.V1 ? null : new RunningRelease(RolloutWorld.V1, StableReady, Now),
            }.OfType<RunningRelease>().Where(static release => release.Ready > 0),
        ];
        Last = RolloutPlanner.Decide(new RolloutSnapshot
        {
            Now = Now + WallOffset,
            Elapsed = _elapsed,
            Service = RolloutWorld.Service,
            ServiceUid = "u",
            Spec = new ModelServiceSpec { Release = Named ?? Wanted?.Name ?? "missing", Replicas = Replicas, Rollout = Plan },
            Wanted = Wanted,
            WantedProblem = WantedProblem,
            Stable = Stable,
            Previous = Previous,
            Rollout = Rollout,
            History = History,
            Checksum = Checksum,
            Running = RunningIsKnown ? running : [],
            StableReady = Stable is null ? 0 : StableReady,
            WantedReady = WantedReady,
            WantedFailure = WantedFailure,
            WantedComplaint = WantedComplaint,
            PromoteOrder = PromoteOrder,
            UndoOrder = UndoOrder,
            Samples = Samples,
            SamplesWereRead = SamplesWereRead,
        });
        (Stable, Previous, Rollout, History) = (Last.Stable, Last.Previous, Last.Rollout, Last.History);
        Checksum = Last.Checksum;

        // Another move has another clock.
        if (Rollout?.Id != before?.Id) _elapsed = TimeSpan.Zero;
    }
}
