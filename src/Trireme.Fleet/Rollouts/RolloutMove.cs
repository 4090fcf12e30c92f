using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Rollouts;

/// <summary>One move under way: both releases are known and the plan is pinned.</summary>
internal readonly record struct RolloutMove(RolloutSnapshot Snapshot, ReleaseRef Stable, RolloutStatus Rollout)
{
    /// <summary>Samples arrive continuously; looking every two seconds keeps a bad release's exposure short.</summary>
    private static readonly TimeSpan JudgeInterval = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long past its time a step waits for samples that nobody has read: several reads with their timeouts. Then it ends undecided.
    /// </summary>
    private static readonly TimeSpan UnreadGrace = TimeSpan.FromMinutes(1);

    public static RolloutMove Start(RolloutSnapshot snapshot, ReleaseRef stable, ReleaseRef wanted, RolloutOrder? order, string? said)
    {
        long revision = RolloutHistory.NextRevision(snapshot);
        var rollout = new RolloutStatus
        {
            Phase = RolloutPhase.Preparing,
            From = stable,
            To = wanted,
            Revision = revision,
            Id = CanonicalJson.Sha256(new { service = snapshot.ServiceUid, revision, release = wanted.ContentHash })[..10],
            Order = order,
            OrderedBy = said,
            Plan = snapshot.Spec.Rollout,
            StartedAt = snapshot.Now,
            StepStartedAt = snapshot.Now,
        };
        return new RolloutMove(snapshot with { Elapsed = TimeSpan.Zero }, stable, rollout);
    }

    private ReleaseRef To => Rollout.To;

    private int Replicas => Snapshot.Spec.Replicas;

    private bool IsUndo => Rollout.Order == RolloutOrder.Undo;

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

    /// <summary>
    /// The share the new release should have now; while replicas for a step start, it is still the share of the step before. Who goes back
    /// wants all traffic moved.
    /// </summary>
    private int Weight
    {
        get
        {
            if (IsUndo) return 100;
            int step = Math.Min(Rollout.Phase == RolloutPhase.Preparing ? Rollout.Step - 1 : Rollout.Step, StepCount - 1);
            return step < 0 ? 0 : Rollout.Plan.Steps[step].Weight;
        }
    }

    /// <summary>
    /// The share as far as the new release's ready replicas carry it: as loaded as the serving release's would be with all traffic. What
    /// they cannot carry stays with the serving release until they are back.
    /// </summary>
    private int CarriedWeight => Replicas == 0 ? Weight : Math.Min(Weight, 100 * Ready / Replicas);

    /// <summary>Ready replicas of the new release.</summary>
    private int Ready
    {
        get
        {
            bool isRecorded = To.ContentHash == Snapshot.Rollout?.To.ContentHash;
            return (isRecorded ? Snapshot.CandidateReady : null) ?? Snapshot.WantedReady;
        }
    }

    /// <summary>True once no replica more has become ready for as long as the plan bears.</summary>
    private bool IsLate => WaitLeft <= TimeSpan.Zero;

    private TimeSpan? WaitLeft =>
        Rollout.ProgressAfter is { } since ? Rollout.Plan.ProgressDeadline - (Snapshot.Elapsed - since) : null;

    public RolloutDecision Continue()
    {
        RolloutMove move = (this with { Rollout = Rollout with { UnusableAfter = null } }).Ordered().Watched();
        if (move.IsUndo) return move.GoBack();

        bool forced = move.Rollout.Order == RolloutOrder.Promote;
        if (Snapshot.WantedFailure is { } failure)
        {
            return forced && !move.IsLate ? move.WaitForStart(failure) : move.RollBack(CannotStart(failure));
        }

        move = move.Judged();
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
    /// The spec names a release that cannot be used yet. The move neither advances nor ends for a while, but a new release that proves
    /// worse is still taken back.
    /// </summary>
    public RolloutDecision WithoutWanted()
    {
        Duration since = Rollout.UnusableAfter ?? RolloutTimes.Mark(Snapshot.Elapsed);
        RolloutMove move = (this with { Rollout = Rollout with { UnusableAfter = since } }).Judged();
        if (move.Failed) return move.RollBack(move.Rollout.Verdict!);
        string why = Snapshot.WantedProblem ?? $"Release {Snapshot.Spec.Release} does not exist or is not verified.";
        if (Snapshot.Elapsed - since >= Rollout.Plan.ProgressDeadline)
        {
            return Snapshot.Spec.Release == To.Name
                ? move.RollBack(move.Undecided($"It was not usable for {Rollout.Plan.ProgressDeadline}. {why}"))
                : RolloutPlanner.Supersede(
                    Snapshot with { Rollout = move.Rollout }, Stable, $"{Stable.Name} serves alone. {why.TrimEnd('.')}", wanted: null);
        }

        int step = Math.Min(move.Rollout.Step, StepCount);
        string message = $"{why} {Stable.Name} and {To.Name} keep their shares of traffic until it is usable, "
            + $"for {Rollout.Plan.ProgressDeadline} at most.";
        return move.Stay(RolloutReasons.ReleaseNotReady, message, IsUndo ? Replicas : ReplicasFor(step));
    }

    private bool Failed => Weight > 0 && Rollout.Verdict?.Judgement == Judgement.Fail;

    /// <summary>
    /// Takes up what a person says of this move: it stays said, and the deadline counts from then. Said again it is used up all the same.
    /// </summary>
    private RolloutMove Ordered()
    {
        RolloutStatus? ordered =
            RolloutWords.IsUndone(Snapshot.UndoOrder, Rollout, To)
                ? Rollout with
                {
                    Phase = RolloutPhase.Preparing,
                    Order = RolloutOrder.Undo,
                    OrderedBy = Snapshot.UndoOrder,
                    Verdict = null,
                }
            : !IsUndo && RolloutWords.IsPromoted(Snapshot.PromoteOrder, Rollout)
                ? Rollout with { Order = RolloutOrder.Promote, OrderedBy = Snapshot.PromoteOrder }
            : null;
        if (ordered is null) return this;
        RolloutMove move = this with { Rollout = ordered };
        return ordered.Order == Rollout.Order ? move : move.Waiting();
    }

    /// <summary>Sees whether the wait for replicas gets on. While the service is scaled to zero nothing is waited for.</summary>
    private RolloutMove Watched()
    {
        if (Replicas == 0) return this with { Rollout = Rollout with { ProgressAfter = null, MostReadyReplicas = 0 } };
        return Rollout.ProgressAfter is null || Ready > Rollout.MostReadyReplicas ? Waiting() : this;
    }

    /// <summary>The move waits for replicas from now on.</summary>
    private RolloutMove Waiting() =>
        this with { Rollout = Rollout with { ProgressAfter = RolloutTimes.Mark(Snapshot.Elapsed), MostReadyReplicas = Ready } };

    private RolloutMove Judged() => Weight == 0 || IsUndo
        ? this
        : this with { Rollout = Rollout with { Verdict = RolloutJudge.Judge(Snapshot.Samples, Rollout.Plan.Gates) } };

    /// <summary>
    /// Starts a step, or prepares for it while replicas are missing: a share that too few replicas carry looks like a slow release.
    /// </summary>
    private RolloutDecision Enter(int step)
    {
        bool isNew = Rollout.Phase != RolloutPhase.Preparing || Rollout.Step != Math.Min(step, StepCount);
        RolloutMove preparing =
            this with { Rollout = Rollout with { Phase = RolloutPhase.Preparing, Step = Math.Min(step, StepCount) } };
        if (isNew && Replicas > 0) preparing = preparing.Waiting();
        if (step >= StepCount) return preparing.Finish("Every step of the plan is done.");

        int needed = ReplicasFor(step);
        if (Replicas == 0)
        {
            string zero = $"The service is scaled to zero; {To.Name} is tried when spec.replicas is raised.";
            return preparing.Stay(RolloutReasons.ScaledToZero, zero, needed);
        }

        if (Snapshot.WantedReady < needed)
        {
            if (preparing.IsLate) return preparing.RollBack(preparing.TooLate(needed));
            int share = Rollout.Plan.Steps[step].Weight;
            string message = $"{Snapshot.WantedReady} of the {needed} replicas of {To.Name} for {share}% of traffic are ready.";
            return preparing.Stay(RolloutReasons.Preparing, WithComplaint(message), needed);
        }

        var started = this with
        {
            Rollout = Rollout with
            {
                Phase = RolloutPhase.Progressing,
                Step = step,
                StepStartedAt = Snapshot.Now,
                StepStartedAfter = RolloutTimes.Mark(Snapshot.Elapsed),
            },
        };
        return started.Stay(RolloutReasons.Progressing, $"{To.Name} gets {started.Weight}% of traffic.", needed);
    }

    private RolloutDecision Progress()
    {
        if (Replicas == 0 || Rollout.Step >= StepCount) return Enter(Rollout.Step);

        RolloutStep step = Rollout.Plan.Steps[Rollout.Step];
        TimeSpan elapsed = Snapshot.Elapsed - Rollout.StepStartedAfter;
        bool longEnough = elapsed >= step.MinDuration.Value;
        if (longEnough && Rollout.Verdict!.Judgement == Judgement.Pass) return Enter(Rollout.Step + 1);
        TimeSpan limit = step.MaxDuration.Value + (Snapshot.SamplesWereRead ? TimeSpan.Zero : UnreadGrace);
        if (longEnough && elapsed >= limit)
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
            + $"Promote it, or undo to go back to {Stable.Name}.";
        return Stay(RolloutReasons.Held, message, ReplicasFor(Rollout.Step));
    }

    /// <summary>The last stage: as many replicas as the service wants, then all traffic at once.</summary>
    private RolloutDecision Finish(string because)
    {
        if (Snapshot.WantedReady >= Replicas) return Complete(RolloutReasons.Promoted, because);
        if (IsLate) return RollBack(TooLate(Replicas));
        string message = $"{because} {Snapshot.WantedReady} of {Replicas} replicas of {To.Name} are ready; then it gets all traffic.";
        return Stay(RolloutReasons.Finishing, WithComplaint(message), Replicas);
    }

    /// <summary>
    /// A person wants the serving release off. Each ready replica of the other one takes its part of the traffic at once, nothing is
    /// judged, and when the deadline comes, what is ready takes all of it.
    /// </summary>
    private RolloutDecision GoBack()
    {
        const string Because = "A person asked to go back.";
        if (Ready >= Replicas) return Complete(RolloutReasons.Undone, Because);
        if (Ready == 0 && Snapshot.WantedFailure is { } failure) return RollBack(CannotStart(failure));
        if (IsLate) return Ready > 0 ? Complete(RolloutReasons.Undone, Because) : RollBack(TooLate(Replicas));
        string message = $"{Because} {Ready} of {Replicas} replicas of {To.Name} are ready and take {CarriedWeight}% of traffic; "
            + "the rest follows as the others become ready.";
        return Stay(RolloutReasons.GoingBack, WithComplaint(message), Replicas);
    }

    private RolloutDecision Complete(string reason, string because) => new()
    {
        Stable = To,
        Previous = Stable,
        Rollout = Rollout with { Phase = RolloutPhase.Promoted, Step = StepCount },
        Targets = [new ReleaseTarget(To, Replicas, 100)],
        RolledOut = ConditionStatus.True,
        Reason = reason,
        Message = $"{To.Name} serves alone. {because}",
    };

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

    /// <summary>A forced move to a release that cannot start takes no traffic and is tried until the deadline.</summary>
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
            Rollout = RolloutTimes.Record(Rollout, Snapshot.Elapsed),
            Targets = [new ReleaseTarget(Stable, Replicas, 100 - weight), new ReleaseTarget(To, candidateReplicas, weight)],
            RolledOut = ConditionStatus.False,
            Reason = reason,
            Message = message,
            RequeueAfter = Weight > 0 ? JudgeInterval : Replicas > 0 ? RolloutTimes.RecordInterval : null,
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

    private RolloutVerdict TooLate(int needed) => Undecided(WithComplaint(
        $"{Ready} of {needed} replicas of {To.Name} were ready, and none more within {Rollout.Plan.ProgressDeadline}."));

    private RolloutVerdict Undecided(string reason) =>
        new() { Judgement = Judgement.Inconclusive, Reason = reason, Signals = Rollout.Verdict?.Signals ?? [] };

    private string WithComplaint(string message) => Snapshot.WantedComplaint is { } complaint ? $"{message} {complaint}" : message;

    private static TimeSpan Whole(TimeSpan time) => TimeSpan.FromSeconds(Math.Floor(time.TotalSeconds));
}
