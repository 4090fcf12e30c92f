using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts.Strategies;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// One move under way: both releases are known and the plan is pinned. What its strategy does not decide is decided here: what a person
/// says, deadlines, releases that cannot be used, the judge's look, and how a move ends.
/// </summary>
internal readonly record struct RolloutMove(RolloutSnapshot Snapshot, ReleaseRef Stable, RolloutStatus Rollout)
{
    /// <summary>Samples arrive continuously; looking every two seconds keeps a bad release's exposure short.</summary>
    private static readonly TimeSpan JudgeInterval = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long past its time a stage waits for samples that nobody has read: several reads with their timeouts. Then it ends inconclusive.
    /// </summary>
    private static readonly TimeSpan UnreadMax = TimeSpan.FromMinutes(1);

    public static RolloutMove Start(RolloutSnapshot snapshot, ReleaseRef stable, ReleaseRef wanted, RolloutOrder? order, string? said)
    {
        long revision = RolloutHistory.NextRevision(snapshot);
        var rollout = new RolloutStatus
        {
            Phase = RolloutPhase.Preparing,
            From = stable,
            To = wanted,
            Revision = revision,
            Id = IdOf(snapshot, revision, wanted),
            Order = order,
            OrderedBy = said,
            Plan = snapshot.Spec.Rollout,
            StartedAt = snapshot.Now,
            StepStartedAt = snapshot.Now,
        };
        return new RolloutMove(snapshot with { Elapsed = TimeSpan.Zero }, stable, rollout);
    }

    /// <summary>Tells the move from every other one of every service.</summary>
    public static string IdOf(RolloutSnapshot snapshot, long revision, ReleaseRef to) =>
        CanonicalJson.Sha256(new { service = snapshot.ServiceUid, revision, release = to.ContentHash })[..10];

    public ReleaseRef To => Rollout.To;

    public int Replicas => Snapshot.Spec.Replicas;

    public bool IsUndo => Rollout.Order == RolloutOrder.Undo;

    /// <summary>True once a person has promoted the move.</summary>
    public bool IsForced => Rollout.Order == RolloutOrder.Promote;

    /// <summary>Ready replicas of the new release.</summary>
    public int Ready
    {
        get
        {
            bool isRecorded = To.ContentHash == Snapshot.Rollout?.To.ContentHash;
            return (isRecorded ? Snapshot.CandidateReady : null) ?? Snapshot.WantedReady;
        }
    }

    /// <summary>How long the present stage has had its traffic.</summary>
    public TimeSpan StageElapsed => Snapshot.Elapsed - Rollout.StepStartedAfter;

    /// <summary>How much longer a stage lasts because nobody has read its samples yet.</summary>
    public TimeSpan UnreadGrace => Snapshot.SamplesWereRead ? TimeSpan.Zero : UnreadMax;

    /// <summary>True once no replica more has become ready for as long as the plan bears.</summary>
    public bool IsLate => Rollout.ProgressAfter is { } since && Snapshot.Elapsed - since >= Rollout.Plan.ProgressDeadline.Value;

    private RolloutStrategy Strategy => RolloutStrategy.Of(Rollout.Plan);

    private bool Failed => Strategy.IsJudged(Rollout) && Rollout.Verdict?.Judgement == Judgement.Fail;

    /// <summary>
    /// A share as far as the new release's ready replicas carry it: as loaded as the serving release's would be with all traffic. What
    /// they cannot carry stays with the serving release until they are back.
    /// </summary>
    /// <param name="share">Percent that is meant for the new release.</param>
    /// <param name="isTrusted">
    /// True where both sides are known to be good, so that of two that lack replicas each gets what its ready ones carry. Otherwise the
    /// share is also the most that clients are exposed to.
    /// </param>
    public int Carried(int share, bool isTrusted)
    {
        if (Replicas == 0) return share;
        int carried = 100 * Ready / Replicas;
        int both = Ready + Snapshot.StableReady;
        if (isTrusted && both > 0) carried = Math.Max(carried, 100 * Ready / both);
        return Math.Min(share, carried);
    }

    public RolloutDecision Continue()
    {
        RolloutMove move = (this with { Rollout = Rollout with { UnusableAfter = null } }).Ordered().Watched();
        if (move.IsUndo) return move.GoBack();

        if (Snapshot.WantedFailure is { } failure)
        {
            return move.IsForced && !move.IsLate ? move.WaitForStart(failure) : move.RollBack(CannotStart(failure));
        }

        move = move.Judged();
        if (move.IsForced) return Strategy.Promote(move);
        return move.Failed ? move.RollBack(move.Rollout.Verdict!) : Strategy.Advance(move);
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
        string why = Snapshot.Problem;
        bool nothingServes = Strategy.Exchange == ReplicaExchange.Recreate && Ready == 0;
        if (nothingServes || Snapshot.Elapsed - since >= Rollout.Plan.ProgressDeadline)
        {
            string alone = Snapshot.Serving(Stable, Snapshot.StableReady, "serves alone");
            return Snapshot.Spec.Release == To.Name
                ? move.RollBack(move.Inconclusive(
                    nothingServes ? $"It became unusable. {why}" : $"It was not usable for {Rollout.Plan.ProgressDeadline}. {why}"))
                : RolloutPlanner.Supersede(
                    Snapshot with { Rollout = move.Rollout }, Stable, $"{alone}. {why.TrimEnd('.')}", wanted: null);
        }

        string message = $"{why} {Stable.Name} and {To.Name} keep their shares of traffic until it is usable, "
            + $"for {Rollout.Plan.ProgressDeadline} at most.";
        return move.Stay(RolloutReasons.ReleaseNotReady, message);
    }

    /// <summary>The move as it waits for the replicas of a stage.</summary>
    public RolloutMove Preparing(int step)
    {
        bool isNew = Rollout.Phase != RolloutPhase.Preparing || Rollout.Step != step;
        RolloutMove preparing = this with { Rollout = Rollout with { Phase = RolloutPhase.Preparing, Step = step } };
        return isNew && Replicas > 0 ? preparing.Waiting() : preparing;
    }

    /// <summary>The move as a stage begins to get traffic.</summary>
    public RolloutMove Started(int step) => this with
    {
        Rollout = Rollout with
        {
            Phase = RolloutPhase.Progressing,
            Step = step,
            StepStartedAt = Snapshot.Now,
            StepStartedAfter = RolloutTimes.Mark(Snapshot.Elapsed),
            Evidence = EvidenceSums.NextStep(Rollout.Evidence),
        },
    };

    /// <summary>The move waits for replicas from now on.</summary>
    public RolloutMove Waiting() =>
        this with { Rollout = Rollout with { ProgressAfter = RolloutTimes.Mark(Snapshot.Elapsed), MostReadyReplicas = Ready } };

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

    private RolloutMove Judged()
    {
        if (!Strategy.IsJudged(Rollout)) return this;
        RolloutLook look = RolloutJudge.Look(Rollout.Evidence, Snapshot.Samples, Rollout.Plan.Gates);
        return this with { Rollout = Rollout with { Evidence = look.Evidence, Verdict = look.Verdict } };
    }

    /// <summary>The last stage: as many replicas as the service wants, then all traffic at once.</summary>
    public RolloutDecision Finish(string because)
    {
        if (Snapshot.WantedReady >= Replicas) return Complete(RolloutReasons.Promoted, because);
        if (IsLate) return RollBack(TooLate(Replicas));
        string message = $"{because} {Snapshot.WantedReady} of {Replicas} replicas of {To.Name} are ready; then it gets all traffic.";
        return Stay(RolloutReasons.Finishing, WithComplaint(message));
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
        int weight = Strategy.Targets(this)[^1].Weight;
        string message = $"{Because} {Ready} of {Replicas} replicas of {To.Name} are ready and take {weight}% of traffic; "
            + "the rest follows as the others become ready.";
        return Stay(RolloutReasons.GoingBack, WithComplaint(message));
    }

    public RolloutDecision Complete(string reason, string because) => new()
    {
        Stable = To,
        Previous = Stable,
        Rollout = RolloutTimes.End(
            Rollout with { Phase = RolloutPhase.Promoted, Step = Strategy.Stages(Rollout).Count - 1, Evidence = null }, Snapshot.Elapsed),
        Targets = [new ReleaseTarget(To, Replicas, 100)],
        RolledOut = ConditionStatus.True,
        Reason = reason,
        Message = $"{Snapshot.Serving(To, Ready, "serves alone")}. {because}",
    };

    public RolloutDecision RollBack(RolloutVerdict verdict)
    {
        RolloutStatus ended = RolloutTimes.End(
            Rollout with { Phase = RolloutPhase.RolledBack, Verdict = verdict, Evidence = null }, Snapshot.Elapsed);
        return new RolloutDecision
        {
            Stable = Stable,
            Previous = Snapshot.Previous,
            Rollout = ended,
            Targets = RolloutPlanner.RollbackTargets(Snapshot, Stable, To, Rollout.Plan),
            RolledOut = ConditionStatus.False,
            Reason = RolloutReasons.RolledBack,
            Message = RolloutPlanner.RollbackMessage(Snapshot, Stable, ended),
        };
    }

    /// <summary>A forced move to a release that cannot start takes no traffic and is tried until the deadline.</summary>
    private RolloutDecision WaitForStart(string failure) =>
        (this with { Rollout = Rollout with { Phase = RolloutPhase.Preparing, Step = 0 } })
            .Stay(RolloutReasons.StartFailed, $"{To.Name} was promoted by a person but cannot start: {failure}");

    public RolloutDecision StayAtZero() => Stay(
        RolloutReasons.ScaledToZero, $"The service is scaled to zero; {To.Name} is tried {DecidedReplicas.Raised(Snapshot.Spec)}.");

    /// <summary>The move goes on in its stage.</summary>
    public RolloutDecision Stay(string reason, string message) => new()
    {
        Stable = Stable,
        Previous = Snapshot.Previous,
        Rollout = RolloutTimes.Record(Rollout, Snapshot.Elapsed),
        Targets = Strategy.Targets(this),
        RolledOut = ConditionStatus.False,
        Reason = reason,
        Message = message,
        RequeueAfter = IsUndo || Strategy.IsJudged(Rollout) ? JudgeInterval : Replicas > 0 ? RolloutTimes.RecordInterval : null,
    };

    private RolloutVerdict CannotStart(string failure) =>
        new() { Judgement = Judgement.Fail, Reason = $"{To.Name} cannot start: {failure}.", Signals = Rollout.Verdict?.Signals ?? [] };

    public RolloutVerdict TooLate(int needed) => Inconclusive(WithComplaint(
        $"{Ready} of {needed} replicas of {To.Name} were ready, and none more within {Rollout.Plan.ProgressDeadline}."));

    private RolloutVerdict Inconclusive(string reason) =>
        new() { Judgement = Judgement.Inconclusive, Reason = reason, Signals = Rollout.Verdict?.Signals ?? [] };

    public string WithComplaint(string message) => Snapshot.WantedComplaint is { } complaint ? $"{message} {complaint}" : message;

    /// <summary>A time for people, in whole seconds.</summary>
    public static Duration Whole(TimeSpan time) => Duration.FromSeconds(Math.Floor(time.TotalSeconds));
}
