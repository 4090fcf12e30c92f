using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Rollouts.Waves;

/// <summary>
/// Decides which services of a fleet rollout get their new release now. Each moves by its own plan and gates; this looks at what came of
/// them and does no judging of its own.
///
///   wave n: Pending ─ its turn ─▶ Moving ─▶ Moved
///                                    ├─ a gate fails, or its owner goes back ─▶ nothing more is begun, until a person says so
///                                    └─ its owner names another release ─▶ Overridden, and the waves go on
///   all of wave n at an end ─ pause ─▶ wave n + 1
///
/// What was ordered is told from the services themselves, on which the order is written together with who gave it, so that a crash
/// between two calls loses nothing and repeats nothing.
/// </summary>
public static class WavePlanner
{
    /// <summary>How much of the clock a crash may cost. Each record of it is a write of the whole status.</summary>
    private static readonly TimeSpan RecordInterval = TimeSpan.FromSeconds(30);

    public static WaveDecision Decide(WaveSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        FleetRollout rollout = snapshot.Rollout;
        FleetRolloutStatus known = rollout.Status
            ?? new FleetRolloutStatus { StartedAt = snapshot.Now, Target = WaveWords.Target(rollout.Spec) };
        bool isOver = known.Phase is FleetRolloutPhase.Completed or FleetRolloutPhase.Undone
            && known.ObservedGeneration == rollout.Metadata.Generation;
        if (isOver) return new WaveDecision(known, [], [], null);

        // Once begun it goes on to its end: a service that has gone back counts as failed no more.
        bool isUndone = rollout.Spec.Undo
            || (rollout.Spec.OnFailure == FleetFailureAction.Undo
                && (known.Phase is FleetRolloutPhase.Undoing or FleetRolloutPhase.Undone
                    || known.Services.Any(member => IsFailed(snapshot, member))));
        FleetRolloutMember[] members =
            [.. WaveMembers.List(snapshot, known).Select(member => WaveOutcomes.Next(snapshot, member, isUndone))];
        var step = new WaveStep(snapshot, known, members);
        WaveDecision decision = members.Length > FleetRolloutStatus.ServicesMax ? step.TooMany(members.Length)
            : isUndone ? step.GoBack()
            : known.Target != WaveWords.Target(rollout.Spec) ? step.Retargeted()
            : members.Where(member => IsFailed(snapshot, member)).ToList() is { Count: > 0 } failed ? step.Stop(failed)
            : rollout.Spec.Paused ? step.Pause()
            : step.Advance();
        return Timed(decision, snapshot, known);
    }

    /// <summary>True while the clock of a fleet rollout runs.</summary>
    public static bool IsRunning(FleetRollout rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return rollout.Status?.Phase is null or FleetRolloutPhase.Progressing && !rollout.Spec.Paused;
    }

    private static bool IsFailed(WaveSnapshot snapshot, FleetRolloutMember member) =>
        member.Outcome is FleetMemberOutcome.Failed or FleetMemberOutcome.TakenBack && !snapshot.Spec.Exclude.Contains(member.Name);

    /// <summary>The clock is written with every change, and by itself as often as is needed not to lose it.</summary>
    private static WaveDecision Timed(WaveDecision decision, WaveSnapshot snapshot, FleetRolloutStatus known)
    {
        bool isDue = snapshot.Elapsed - known.Elapsed >= RecordInterval || !CanonicalJson.Same(decision.Status, known);
        TimeSpan? next = decision.RequeueAfter;
        if (decision.Status.Phase == FleetRolloutPhase.Progressing && (next is null || next > RecordInterval)) next = RecordInterval;
        return decision with
        {
            Status = isDue && snapshot.Elapsed > known.Elapsed
                ? decision.Status with { Elapsed = RolloutTimes.Mark(snapshot.Elapsed) }
                : decision.Status,
            RequeueAfter = next,
        };
    }
}
