using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// Decides what a service runs and who gets its traffic. Called again whenever something changes or RequeueAfter has passed; each
/// call depends on the snapshot only, so a crash between two calls loses nothing.
///
///   no stable release  ─ ready ─▶ stable
///   another release wanted ─▶ Preparing ─ replicas ready ─▶ Progressing ─ pass ─▶ Preparing the next share … ─▶ Promoted
///                                 │                            ├─ fail ─▶ RolledBack
///                                 └─ cannot start ─▶ RolledBack └─ out of time ─▶ Held, RolledBack or the next share
///
/// The serving release keeps its full number of replicas until the new one has as many, so going back is a change of weights.
/// </summary>
public static class RolloutPlanner
{
    public static RolloutDecision Decide(RolloutSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (snapshot.Stable is not { } stable) return FirstDeployment(snapshot);

        RolloutStatus? rollout = snapshot.Rollout;
        bool moving = rollout?.Phase is RolloutPhase.Preparing or RolloutPhase.Progressing or RolloutPhase.Held;
        if (snapshot.Wanted is not { } wanted)
        {
            return moving ? new RolloutMove(snapshot, stable, rollout!).WithoutWanted() : ReleaseMissing(snapshot, stable);
        }

        if (moving && !Same(rollout!.To, wanted)) return Supersede(snapshot, stable, wanted);
        if (Same(wanted, stable)) return Steady(snapshot, wanted);
        if (moving) return new RolloutMove(snapshot, stable, rollout!).Continue();

        bool failedBefore = rollout?.Phase == RolloutPhase.RolledBack && Same(rollout.To, wanted);
        if (failedBefore && snapshot.PromoteRequested != wanted.ContentHash) return StayRolledBack(snapshot, stable, rollout!);
        return RolloutMove.Start(snapshot, stable, wanted).Continue();
    }

    /// <summary>Content decides: a release under a new name with the same content is the same release.</summary>
    internal static bool Same(ReleaseRef a, ReleaseRef b) => a.ContentHash == b.ContentHash;

    private static RolloutDecision FirstDeployment(RolloutSnapshot snapshot)
    {
        if (snapshot.Wanted is not { } wanted)
        {
            return new RolloutDecision
            {
                Targets = [],
                RolledOut = ConditionStatus.False,
                Reason = RolloutReasons.ReleaseNotReady,
                Message = $"Release {snapshot.Spec.Release} does not exist or is not verified; nothing runs until it is.",
            };
        }

        int replicas = snapshot.Spec.Replicas;
        if (snapshot.WantedReady > 0)
        {
            return new RolloutDecision
            {
                Stable = wanted,
                Targets = [new ReleaseTarget(wanted, replicas, 100)],
                RolledOut = ConditionStatus.True,
                Reason = RolloutReasons.RolledOut,
                Message = $"{wanted.Name} serves.",
            };
        }

        return new RolloutDecision
        {
            Targets = [new ReleaseTarget(wanted, replicas, 0)],
            RolledOut = ConditionStatus.False,
            Reason = snapshot.WantedFailure is null ? RolloutReasons.FirstDeployment : RolloutReasons.StartFailed,
            Message = snapshot.WantedFailure is { } failure ? $"{wanted.Name} cannot start: {failure}"
                : replicas == 0 ? $"The service is scaled to zero; {wanted.Name} starts when spec.replicas is raised."
                : $"{wanted.Name} serves as soon as its first replica is ready.",
        };
    }

    private static RolloutDecision ReleaseMissing(RolloutSnapshot snapshot, ReleaseRef stable) => new()
    {
        Stable = stable,
        Previous = snapshot.Previous,
        Rollout = snapshot.Rollout,
        Targets = [new ReleaseTarget(stable, snapshot.Spec.Replicas, 100)],
        RolledOut = ConditionStatus.False,
        Reason = RolloutReasons.ReleaseNotReady,
        Message = $"Release {snapshot.Spec.Release} does not exist or is not verified; {stable.Name} keeps serving.",
    };

    private static RolloutDecision Steady(RolloutSnapshot snapshot, ReleaseRef wanted)
    {
        // Asking for the serving release after a rollback settles the matter: the failed one may be tried again later.
        bool settled = snapshot.Rollout?.Phase == RolloutPhase.RolledBack;
        return new RolloutDecision
        {
            Stable = wanted,
            Previous = snapshot.Previous,
            Rollout = settled ? snapshot.Rollout! with { Phase = RolloutPhase.Superseded } : snapshot.Rollout,
            Targets = [new ReleaseTarget(wanted, snapshot.Spec.Replicas, 100)],
            RolledOut = ConditionStatus.True,
            Reason = RolloutReasons.RolledOut,
            Message = $"{wanted.Name} serves.",
        };
    }

    private static RolloutDecision Supersede(RolloutSnapshot snapshot, ReleaseRef stable, ReleaseRef wanted)
    {
        bool undone = Same(stable, wanted);
        string called = $"The move to {snapshot.Rollout!.To.Name} was called off";
        return new RolloutDecision
        {
            Stable = stable,
            Previous = snapshot.Previous,
            Rollout = snapshot.Rollout with { Phase = RolloutPhase.Superseded },
            Targets = [new ReleaseTarget(stable, snapshot.Spec.Replicas, 100)],
            RolledOut = undone ? ConditionStatus.True : ConditionStatus.False,
            Reason = RolloutReasons.Superseded,
            Message = undone ? $"{called}; {stable.Name} serves alone." : $"{called}; the move to {wanted.Name} starts next.",
            RequeueAfter = TimeSpan.Zero,
        };
    }

    private static RolloutDecision StayRolledBack(RolloutSnapshot snapshot, ReleaseRef stable, RolloutStatus rollout) => new()
    {
        Stable = stable,
        Previous = snapshot.Previous,
        Rollout = rollout,
        Targets = RollbackTargets(snapshot, stable, rollout.To),
        RolledOut = ConditionStatus.False,
        Reason = RolloutReasons.RolledBack,
        Message = RollbackMessage(stable, rollout),
    };

    /// <summary>Replicas of the failed release stay only while nothing else answers: a worse answer is better than none.</summary>
    internal static IReadOnlyList<ReleaseTarget> RollbackTargets(RolloutSnapshot snapshot, ReleaseRef stable, ReleaseRef failed)
    {
        var serving = new ReleaseTarget(stable, snapshot.Spec.Replicas, 100);
        return snapshot is { StableReady: 0, WantedReady: > 0 } ? [serving, new ReleaseTarget(failed, snapshot.WantedReady, 0)] : [serving];
    }

    internal static string RollbackMessage(ReleaseRef stable, RolloutStatus rollout) =>
        $"{rollout.To.Name} was rolled back and {stable.Name} serves. {rollout.Verdict?.Reason} "
        + "Name another release in spec.release, or promote this one to take it as it is.";
}
