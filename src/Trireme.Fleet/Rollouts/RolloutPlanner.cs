using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts.Strategies;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// Decides what a service runs and who gets its traffic. Called again whenever something changes or RequeueAfter has passed; each
/// call depends on the snapshot only, so a crash between two calls loses nothing.
///
///   no stable release  ─ ready ─▶ stable
///   another release wanted ─▶ Preparing ⇄ Progressing, as the plan's strategy goes ─▶ Promoted
///                                 └─ a gate fails, cannot start, too late ─▶ RolledBack
///   a person goes back ─▶ Preparing ─ traffic follows ready replicas ─▶ Promoted
///
/// The strategies are in Strategies/, one file each. Every wait for replicas ends at the plan's progress deadline.
/// </summary>
public static class RolloutPlanner
{
    public static RolloutDecision Decide(RolloutSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        snapshot = RolloutRecovery.Restore(snapshot);
        RolloutDecision decision = Choose(snapshot);
        decision = decision with
        {
            History = RolloutHistory.Next(snapshot, decision),
            Exchange = ExchangeOf(snapshot, decision.Rollout),
        };
        decision = WithOthers(snapshot, decision);
        if (snapshot.WasRebuilt)
        {
            decision = decision with
            {
                Message = $"{decision.Message} What was recorded of the service's releases was lost or edited; it was rebuilt from the "
                    + "replicas that run.",
            };
        }

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

    /// <summary>Where replicas are exchanged in their places, a release serves alone only once the others have given theirs.</summary>
    private static RolloutDecision WithOthers(RolloutSnapshot snapshot, RolloutDecision decision)
    {
        if (decision is not { Exchange: ReplicaExchange.InPlace, RolledOut: ConditionStatus.True, Stable: { } stable }) return decision;
        int others = snapshot.Running.Where(running => !Same(running.Release, stable)).Sum(static running => running.Ready);
        return others == 0 ? decision : decision with
        {
            RolledOut = ConditionStatus.False,
            Reason = RolloutReasons.Exchanging,
            Message = $"{stable.Name} takes the places of {others} {(others == 1 ? "replica" : "replicas")} of another release, one by "
                + "one; until then these answer too.",
        };
    }

    /// <summary>How replicas give way: as the move's plan says, until its replicas are gone; else as the next one's would.</summary>
    private static ReplicaExchange ExchangeOf(RolloutSnapshot snapshot, RolloutStatus? rollout)
    {
        bool isPinned = IsMoving(rollout) || rollout?.Phase == RolloutPhase.RolledBack;
        return RolloutStrategy.Of(isPinned ? rollout!.Plan : snapshot.Spec.Rollout).Exchange;
    }

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
                Message = $"{snapshot.Problem} Nothing runs until then.",
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
                : replicas == 0 ? $"The service is scaled to zero; {wanted.Name} starts {DecidedReplicas.Raised(snapshot.Spec)}."
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
        Message = $"{snapshot.Problem} {snapshot.Serving(stable, snapshot.StableReady, "keeps serving")}.",
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
            Message = $"{snapshot.Serving(wanted, snapshot.WantedReady)}.",
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
            Rollout = RolloutTimes.End(snapshot.Rollout with { Phase = RolloutPhase.Superseded, Evidence = null }, snapshot.Elapsed),
            Targets = [new ReleaseTarget(stable, snapshot.Spec.Replicas, 100)],
            RolledOut = undone ? ConditionStatus.True : ConditionStatus.False,
            Reason = RolloutReasons.Superseded,
            Message = undone
                ? $"{called}; {snapshot.Serving(stable, snapshot.StableReady, "serves alone")}."
                : $"{called}; {next}.",
            RequeueAfter = TimeSpan.Zero,
        };
    }

    private static RolloutDecision StayRolledBack(RolloutSnapshot snapshot, ReleaseRef stable, RolloutStatus rollout) => new()
    {
        Stable = stable,
        Previous = snapshot.Previous,
        Rollout = rollout,
        Targets = RollbackTargets(snapshot, stable, rollout.To, rollout.Plan),
        RolledOut = ConditionStatus.False,
        Reason = RolloutReasons.RolledBack,
        Message = RollbackMessage(snapshot, stable, rollout),
    };

    /// <summary>
    /// Replicas of the failed release stay only while nothing else answers: a worse answer is better than none. Where they take the place
    /// of those that are to come, the exchange says how they go.
    /// </summary>
    internal static IReadOnlyList<ReleaseTarget> RollbackTargets(
        RolloutSnapshot snapshot, ReleaseRef stable, ReleaseRef failed, RolloutSpec plan)
    {
        var serving = new ReleaseTarget(stable, snapshot.Spec.Replicas, 100);
        bool isKept = snapshot is { StableReady: 0, WantedReady: > 0 } && RolloutStrategy.Of(plan).Exchange == ReplicaExchange.Surge;
        return isKept ? [serving, new ReleaseTarget(failed, snapshot.WantedReady, 0)] : [serving];
    }

    internal static string RollbackMessage(RolloutSnapshot snapshot, ReleaseRef stable, RolloutStatus rollout)
    {
        bool isUndo = rollout.Order == RolloutOrder.Undo;
        string serves = snapshot.Serving(stable, snapshot.StableReady, isUndo ? "still serves" : "serves");
        if (snapshot is { StableReady: 0, WantedReady: > 0 }) serves += $", so that {rollout.To.Name} answers until it has one";
        string again = RolloutHint.Command("undo", snapshot.Service, rollout.To.Name);
        string settle = RolloutHint.Command("undo", snapshot.Service);
        string take = RolloutHint.Command("promote", snapshot.Service);
        return isUndo
            ? $"Going back to {rollout.To.Name} did not work and {serves}. {rollout.Verdict?.Reason} "
                + $"Correct what is wrong and say {again} again, or name another release in spec.release."
            : $"{rollout.To.Name} was rolled back and {serves}. {rollout.Verdict?.Reason} "
                + $"{settle} settles on {stable.Name}, {take} takes {rollout.To.Name} as it is, or name another release in spec.release.";
    }
}
