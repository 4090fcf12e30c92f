using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Rollouts;

/// <summary>One move under way: both releases are known and the plan is pinned.</summary>
internal readonly record struct RolloutMove(RolloutSnapshot Snapshot, ReleaseRef Stable, RolloutStatus Rollout)
{
    /// <summary>Samples arrive continuously; looking every two seconds keeps a bad release's exposure short.</summary>
    private static readonly TimeSpan JudgeInterval = TimeSpan.FromSeconds(2);

    public static RolloutMove Start(RolloutSnapshot snapshot, ReleaseRef stable, ReleaseRef wanted)
    {
        var rollout = new RolloutStatus
        {
            Phase = RolloutPhase.Preparing,
            From = stable,
            To = wanted,
            Plan = snapshot.Spec.Rollout,
            StartedAt = snapshot.Now,
            StepStartedAt = snapshot.Now,
        };
        return new RolloutMove(snapshot, stable, rollout);
    }

    private ReleaseRef To => Rollout.To;

    private int Replicas => Snapshot.Spec.Replicas;

    /// <summary>A share of 100 leaves nothing to compare with, so the plan ends there.</summary>
    private int StepCount
    {
        get
        {
            int count = 0;
            while (count < Rollout.Plan.Steps.Count && Rollout.Plan.Steps[count].Weight < 100) count++;
            return count;
        }
    }

    /// <summary>The share the new release has now; while replicas for a step start, it is still the share of the step before.</summary>
    private int Weight
    {
        get
        {
            int step = Math.Min(Rollout.Phase == RolloutPhase.Preparing ? Rollout.Step - 1 : Rollout.Step, StepCount - 1);
            return step < 0 ? 0 : Rollout.Plan.Steps[step].Weight;
        }
    }

    /// <summary>
    /// The share as far as the new release's ready replicas carry it: as loaded as the serving release's would be with all traffic. What
    /// they cannot carry stays with the serving release until they are back.
    /// </summary>
    private int CarriedWeight
    {
        get
        {
            if (Replicas == 0) return Weight;
            bool isRecorded = To.ContentHash == Snapshot.Rollout?.To.ContentHash;
            int ready = (isRecorded ? Snapshot.CandidateReady : null) ?? Snapshot.WantedReady;
            return Math.Min(Weight, 100 * ready / Replicas);
        }
    }

    public RolloutDecision Continue()
    {
        bool forced = Snapshot.PromoteRequested == To.ContentHash;
        if (Snapshot.WantedFailure is { } failure) return forced ? WaitForStart(failure) : RollBack(CannotStart(failure));

        RolloutMove move = Judged();
        if (forced) return move.Finish("A person asked to promote it.");
        if (move.Failed) return move.RollBack(move.Rollout.Verdict!);
        return move.Rollout.Phase switch
        {
            RolloutPhase.Progressing => move.Progress(),
            RolloutPhase.Held => move.Hold(),
            _ => move.Enter(move.Rollout.Step),
        };
    }

    /// <summary>
    /// The spec names a release that cannot be used yet. The move neither advances nor ends, but a new release that proves worse
    /// is still taken back.
    /// </summary>
    public RolloutDecision WithoutWanted()
    {
        RolloutMove move = Judged();
        if (move.Failed) return move.RollBack(move.Rollout.Verdict!);
        int step = Math.Min(move.Rollout.Step, StepCount);
        string message = $"Release {Snapshot.Spec.Release} does not exist or is not verified; "
            + $"{Stable.Name} and {To.Name} keep their shares of traffic until it is.";
        return move.Stay(RolloutReasons.ReleaseNotReady, message, ReplicasFor(step));
    }

    private bool Failed => Weight > 0 && Rollout.Verdict?.Judgement == Judgement.Fail;

    private RolloutMove Judged() => Weight == 0
        ? this
        : this with { Rollout = Rollout with { Verdict = RolloutJudge.Judge(Snapshot.Samples, Rollout.Plan.Gates) } };

    /// <summary>
    /// Starts a step, or prepares for it while replicas are missing: a share that too few replicas carry looks like a slow release.
    /// </summary>
    private RolloutDecision Enter(int step)
    {
        if (step >= StepCount)
        {
            return (this with { Rollout = Rollout with { Phase = RolloutPhase.Preparing, Step = StepCount } })
                .Finish("Every step of the plan is done.");
        }

        int needed = ReplicasFor(step);
        if (Replicas == 0 || Snapshot.WantedReady < needed)
        {
            int share = Rollout.Plan.Steps[step].Weight;
            string message = Replicas == 0
                ? $"The service is scaled to zero; {To.Name} is tried when spec.replicas is raised."
                : $"{Snapshot.WantedReady} of the {needed} replicas of {To.Name} for {share}% of traffic are ready.";
            return (this with { Rollout = Rollout with { Phase = RolloutPhase.Preparing, Step = step } })
                .Stay(RolloutReasons.Preparing, message, needed);
        }

        var started = this with
        {
            Rollout = Rollout with { Phase = RolloutPhase.Progressing, Step = step, StepStartedAt = Snapshot.Now },
        };
        return started.Stay(RolloutReasons.Progressing, $"{To.Name} gets {started.Weight}% of traffic.", needed);
    }

    private RolloutDecision Progress()
    {
        if (Replicas == 0 || Rollout.Step >= StepCount) return Enter(Rollout.Step);

        RolloutStep step = Rollout.Plan.Steps[Rollout.Step];
        TimeSpan elapsed = Snapshot.Now - Rollout.StepStartedAt;
        bool longEnough = elapsed >= step.MinDuration.Value;
        if (longEnough && Rollout.Verdict!.Judgement == Judgement.Pass) return Enter(Rollout.Step + 1);
        if (longEnough && Snapshot.SamplesWereRead && elapsed >= step.MaxDuration.Value)
        {
            return Rollout.Plan.OnInconclusive switch
            {
                InconclusiveAction.Promote => Enter(Rollout.Step + 1),
                InconclusiveAction.Rollback => RollBack(Rollout.Verdict! with
                {
                    Reason = $"Still undecided after {step.MaxDuration}. {Rollout.Verdict.Reason}",
                }),
                _ => (this with { Rollout = Rollout with { Phase = RolloutPhase.Held } }).Hold(),
            };
        }

        string message = $"{To.Name} gets {step.Weight}% of traffic since {new Duration(Whole(elapsed))}. {Rollout.Verdict!.Reason}";
        return Stay(RolloutReasons.Progressing, message, ReplicasFor(Rollout.Step));
    }

    private RolloutDecision Hold()
    {
        string message = $"{To.Name} keeps {Weight}% of traffic because the step ended undecided. {Rollout.Verdict?.Reason} "
            + $"Promote it, or set spec.release back to {Stable.Name}.";
        return Stay(RolloutReasons.Held, message, ReplicasFor(Rollout.Step));
    }

    /// <summary>The last stage: as many replicas as the service wants, then all traffic at once.</summary>
    private RolloutDecision Finish(string because)
    {
        if (Snapshot.WantedReady < Replicas)
        {
            string message = $"{because} {Snapshot.WantedReady} of {Replicas} replicas of {To.Name} are ready; then it gets all traffic.";
            return Stay(RolloutReasons.Finishing, message, Replicas);
        }

        return new RolloutDecision
        {
            Stable = To,
            Previous = Stable,
            Rollout = Rollout with { Phase = RolloutPhase.Promoted, Step = StepCount },
            Targets = [new ReleaseTarget(To, Replicas, 100)],
            RolledOut = ConditionStatus.True,
            Reason = RolloutReasons.Promoted,
            Message = $"{To.Name} serves alone. {because}",
        };
    }

    private RolloutDecision RollBack(RolloutVerdict verdict)
    {
        RolloutStatus ended = Rollout with { Phase = RolloutPhase.RolledBack, Verdict = verdict };
        return new RolloutDecision
        {
            Stable = Stable,
            Previous = Snapshot.Previous,
            Rollout = ended,
            Targets = RolloutPlanner.RollbackTargets(Snapshot, Stable, To),
            RolledOut = ConditionStatus.False,
            Reason = RolloutReasons.RolledBack,
            Message = RolloutPlanner.RollbackMessage(Stable, ended),
        };
    }

    /// <summary>A forced move to a release that cannot start takes no traffic and is tried until the request is withdrawn.</summary>
    private RolloutDecision WaitForStart(string failure) =>
        (this with { Rollout = Rollout with { Phase = RolloutPhase.Preparing, Step = 0 } })
            .Stay(RolloutReasons.StartFailed, $"{To.Name} was promoted by a person but cannot start: {failure}", Replicas);

    private RolloutDecision Stay(string reason, string message, int candidateReplicas)
    {
        int weight = CarriedWeight;
        return new RolloutDecision
        {
            Stable = Stable,
            Previous = Snapshot.Previous,
            Rollout = Rollout,
            Targets = [new ReleaseTarget(Stable, Replicas, 100 - weight), new ReleaseTarget(To, candidateReplicas, weight)],
            RolledOut = ConditionStatus.False,
            Reason = reason,
            Message = message,
            RequeueAfter = Weight > 0 ? JudgeInterval : null,
        };
    }

    /// <summary>Replicas that carry a step's share of traffic as loaded as the serving release's, at least one.</summary>
    private int ReplicasFor(int step)
    {
        if (step >= StepCount) return Replicas;
        return Replicas == 0 ? 0 : Math.Max(1, (int)Math.Ceiling(Replicas * Rollout.Plan.Steps[step].Weight / 100.0));
    }

    private RolloutVerdict CannotStart(string failure) =>
        new() { Judgement = Judgement.Fail, Reason = $"{To.Name} cannot start: {failure}.", Signals = Rollout.Verdict?.Signals ?? [] };

    private static TimeSpan Whole(TimeSpan time) => TimeSpan.FromSeconds(Math.Floor(time.TotalSeconds));
}
