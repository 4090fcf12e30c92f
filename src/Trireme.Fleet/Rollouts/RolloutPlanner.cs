using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// Decides what a service runs and who gets its traffic. Called again whenever something changes or RequeueAfter has passed; each
/// call depends on the snapshot only, so a crash between two calls loses nothing.
///
///   no stable release  ─ ready ─▶ stable
///   another release wanted ─▶ Preparing ─ replicas ready ─▶ Progressing ─ pass ─▶ Preparing the next share … ─▶ Promoted
///                                 │                            ├─ fail ─▶ RolledBack
///                                 └─ cannot start, too late ─▶ RolledBack └─ out of time ─▶ Held, RolledBack or the next share
///   a person goes back ─▶ Preparing ─ traffic follows ready replicas ─▶ Promoted
///
/// The serving release keeps its full number of replicas until the new one has as many, so going back is a change of weights. Every
/// wait for replicas ends at the plan's progress deadline.
/// </summary>
public static class RolloutPlanner
{
    public static RolloutDecision Decide(RolloutSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        RolloutDecision decision = Choose(snapshot);
        decision = decision with { History = RolloutHistory.Next(snapshot, decision) };
        return IsPinnedToAnotherPlan(snapshot, decision.Rollout)
            ? decision with
            {
                Message = $"{decision.Message} spec.rollout was edited since this rollout began: it keeps the plan it began with, "
                    + "and the edit counts for the next one.",
            }
            : decision;
    }

    /// <summary>Content decides: a release under a new name with the same content is the same release.</summary>
    internal static bool Same(ReleaseRef a, ReleaseRef b) => a.ContentHash == b.ContentHash;

    internal static bool IsMoving(RolloutStatus? rollout) =>
        rollout?.Phase is RolloutPhase.Preparing or RolloutPhase.Progressing or RolloutPhase.Held;

    private static RolloutDecision Choose(RolloutSnapshot snapshot)
    {
        if (snapshot.Stable is not { } stable) return FirstDeployment(snapshot);

        RolloutStatus? rollout = snapshot.Rollout;
        bool moving = IsMoving(rollout);
        if (snapshot.Wanted is not { } wanted)
        {
            return moving ? new RolloutMove(snapshot, stable, rollout!).WithoutWanted() : ReleaseMissing(snapshot, stable);
        }

        if (moving && !Same(rollout!.To, wanted)) return Supersede(snapshot, stable, $"the move to {wanted.Name} starts next", wanted);
        if (Same(wanted, stable)) return Steady(snapshot, wanted);
        if (moving) return new RolloutMove(snapshot, stable, rollout!).Continue();

        (RolloutOrder? order, string? said) = OrderFor(snapshot, wanted);
        bool failedBefore = rollout?.Phase == RolloutPhase.RolledBack && Same(rollout.To, wanted);
        if (failedBefore && order is null) return StayRolledBack(snapshot, stable, rollout!);
        return RolloutMove.Start(snapshot, stable, wanted, order, said).Continue();
    }

    /// <summary>
    /// What a person says about the move that starts now. It was said of the last one: to take the release that it rolled back, or to go
    /// back from what it led to. What was said of a move before that is used up.
    /// </summary>
    private static (RolloutOrder? Order, string? Said) OrderFor(RolloutSnapshot snapshot, ReleaseRef wanted)
    {
        RolloutStatus? last = snapshot.Rollout;
        string? undo = snapshot.UndoOrder;
        if (RolloutWords.IsUndone(undo, last, wanted)) return (RolloutOrder.Undo, undo);
        bool isOpen = last is { Phase: RolloutPhase.RolledBack, Order: not RolloutOrder.Undo } && Same(last.To, wanted);
        string? promote = snapshot.PromoteOrder;
        return isOpen && RolloutWords.IsPromoted(promote, last!) ? (RolloutOrder.Promote, promote) : (null, null);
    }

    private static bool IsPinnedToAnotherPlan(RolloutSnapshot snapshot, RolloutStatus? rollout) =>
        IsMoving(rollout)
        && rollout!.Order != RolloutOrder.Undo
        && !ReferenceEquals(rollout.Plan, snapshot.Spec.Rollout)
        && !CanonicalJson.Same(rollout.Plan, snapshot.Spec.Rollout);

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

        TimeSpan left = snapshot.Spec.Rollout.ProgressDeadline - snapshot.Elapsed;
        bool isLate = replicas > 0 && left <= TimeSpan.Zero;
        return new RolloutDecision
        {
            Targets = [new ReleaseTarget(wanted, replicas, 0)],
            RolledOut = ConditionStatus.False,
            Reason = snapshot.WantedFailure is not null ? RolloutReasons.StartFailed
                : isLate ? RolloutReasons.ProgressDeadlineExceeded
                : RolloutReasons.FirstDeployment,
            Message = snapshot.WantedFailure is { } failure ? $"{wanted.Name} cannot start: {failure}"
                : replicas == 0 ? $"The service is scaled to zero; {wanted.Name} starts when spec.replicas is raised."
                : isLate ? TooLate(snapshot, wanted)
                : $"{wanted.Name} serves as soon as its first replica is ready.",
            RequeueAfter = replicas > 0 && !isLate ? left : null,
        };
    }

    private static string TooLate(RolloutSnapshot snapshot, ReleaseRef wanted) => string.Join(
        ' ',
        new[]
        {
            $"No replica of {wanted.Name} became ready within {snapshot.Spec.Rollout.ProgressDeadline}.",
            snapshot.WantedComplaint,
            "It is tried on; correct what is wrong, or name another release in spec.release.",
        }.Where(static part => part is not null));

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

    /// <summary>Ends a move because the spec asks for something else.</summary>
    /// <param name="snapshot">What is there.</param>
    /// <param name="stable">The release that serves, and gets all traffic again.</param>
    /// <param name="next">What comes after it, unless the serving release is what the spec asks for.</param>
    /// <param name="wanted">The release the spec asks for; null if it cannot be used.</param>
    internal static RolloutDecision Supersede(RolloutSnapshot snapshot, ReleaseRef stable, string next, ReleaseRef? wanted)
    {
        bool undone = wanted is not null && Same(stable, wanted);
        string called = $"The move to {snapshot.Rollout!.To.Name} was called off";
        return new RolloutDecision
        {
            Stable = stable,
            Previous = snapshot.Previous,
            Rollout = snapshot.Rollout with { Phase = RolloutPhase.Superseded },
            Targets = [new ReleaseTarget(stable, snapshot.Spec.Replicas, 100)],
            RolledOut = undone ? ConditionStatus.True : ConditionStatus.False,
            Reason = RolloutReasons.Superseded,
            Message = undone ? $"{called}; {stable.Name} serves alone." : $"{called}; {next}.",
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

    internal static string RollbackMessage(ReleaseRef stable, RolloutStatus rollout) => rollout.Order switch
    {
        RolloutOrder.Undo => $"Going back to {rollout.To.Name} did not work and {stable.Name} still serves. {rollout.Verdict?.Reason} "
            + $"Correct what is wrong and undo again with --to {rollout.To.Name}, or name another release.",
        _ => $"{rollout.To.Name} was rolled back and {stable.Name} serves. {rollout.Verdict?.Reason} "
            + "Name another release in spec.release, or promote this one to take it as it is.",
    };
}
