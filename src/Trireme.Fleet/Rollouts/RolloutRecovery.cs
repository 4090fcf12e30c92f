using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// Tells a status that the platform wrote from one that was lost or edited by hand, and rebuilds the latter from what runs: the release
/// that serves is the one with the most ready replicas beside the wanted one, and the move to the wanted one begins again at its first
/// step. Nothing that a status says by mistake is read as a rollout that is done.
/// </summary>
internal static class RolloutRecovery
{
    /// <summary>
    /// Stands before the checksum and changes with what it covers: what another version of the platform wrote is taken as it is.
    /// </summary>
    private const string Format = "2:";

    /// <summary>What is recorded beside a decision; null before a release has served.</summary>
    public static string? Checksum(ReleaseRef? stable, ReleaseRef? previous, RolloutStatus? rollout) => stable is null
        ? null
        : Format + CanonicalJson.Sha256(new { stable, previous, rollout = rollout is null ? null : rollout with { Verdict = null } })[..16];

    public static RolloutSnapshot Restore(RolloutSnapshot snapshot) => IsAsWritten(snapshot) ? snapshot : Rebuild(snapshot);

    private static bool IsAsWritten(RolloutSnapshot snapshot)
    {
        if (snapshot.Checksum is { } checksum)
        {
            return !checksum.StartsWith(Format, StringComparison.Ordinal)
                || checksum == Checksum(snapshot.Stable, snapshot.Previous, snapshot.Rollout);
        }

        // Without a checksum it is the first look at a service, a lost status, or one of a version that wrote none. That one is believed
        // unless what runs contradicts it.
        if (snapshot.Stable is not { } stable) return Strongest(snapshot, besides: snapshot.Wanted) is null;
        return RolloutPlanner.IsMoving(snapshot.Rollout)
            || snapshot.Rollout?.Phase == RolloutPhase.RolledBack
            || Strongest(snapshot, besides: stable) is not { } other
            || other.Ready <= Ready(snapshot, stable);
    }

    private static RolloutSnapshot Rebuild(RolloutSnapshot snapshot)
    {
        ReleaseRef? stable = Strongest(snapshot, besides: snapshot.Wanted)?.Release
            ?? (snapshot.Wanted is { } wanted && Ready(snapshot, wanted) > 0 ? wanted : LastKnown(snapshot));
        bool isKnown = stable is not null && snapshot.Previous is { } previous && !RolloutPlanner.Same(previous, stable);
        return snapshot with
        {
            Stable = stable,
            Previous = isKnown ? snapshot.Previous : null,
            Rollout = stable is null ? null : Remembered(snapshot, stable),

            // What was counted belongs to the releases that the lost status named.
            StableReady = stable is null ? 0 : Ready(snapshot, stable),
            CandidateReady = null,
            WasRebuilt = true,
        };
    }

    /// <summary>The move to the wanted release, if the history says that it was taken back to the one that serves.</summary>
    private static RolloutStatus? Remembered(RolloutSnapshot snapshot, ReleaseRef stable)
    {
        if (snapshot.Wanted is not { } wanted || RolloutPlanner.Same(wanted, stable)) return null;
        if (snapshot.History is not [.., { Outcome: RolloutPhase.RolledBack } last] || !RolloutPlanner.Same(last.To, wanted)) return null;
        return new RolloutStatus
        {
            Phase = RolloutPhase.RolledBack,
            From = stable,
            To = last.To,
            Revision = last.Revision,
            Id = RolloutMove.IdOf(snapshot, last.Revision, last.To),
            Order = last.Order,
            Plan = snapshot.Spec.Rollout,
            StartedAt = last.StartedAt,
            Verdict = new RolloutVerdict { Judgement = Judgement.Inconclusive, Reason = last.Evidence },
        };
    }

    /// <summary>
    /// Where nothing runs, as between two releases of a Recreate, what the history says served last, or else the status, unless it says
    /// that the wanted release has arrived: that is for a ready replica to show.
    /// </summary>
    private static ReleaseRef? LastKnown(RolloutSnapshot snapshot)
    {
        if (snapshot.History.LastOrDefault(static record => record.Outcome == RolloutPhase.Promoted) is { } last) return last.To;
        bool isClaim = snapshot is { Stable: { } stable, Wanted: { } wanted } && RolloutPlanner.Same(stable, wanted);
        return isClaim ? null : snapshot.Stable;
    }

    private static RunningRelease? Strongest(RolloutSnapshot snapshot, ReleaseRef? besides) => snapshot.Running
        .Where(running => besides is null || !RolloutPlanner.Same(running.Release, besides))
        .OrderByDescending(static running => running.Ready)
        .ThenBy(static running => running.Since)
        .FirstOrDefault();

    private static int Ready(RolloutSnapshot snapshot, ReleaseRef release) =>
        snapshot.Running.FirstOrDefault(running => RolloutPlanner.Same(running.Release, release))?.Ready ?? 0;
}
