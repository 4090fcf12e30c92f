using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Rollouts.Waves;

/// <summary>
/// What has come of each service, read from the service itself. What its owner writes counts: a service that names neither the release it
/// had nor the one it was given is left alone.
/// </summary>
internal static class WaveOutcomes
{
    /// <param name="snapshot">What is there.</param>
    /// <param name="known">The service as it was recorded.</param>
    /// <param name="isUndone">True while the rollout goes back.</param>
    public static FleetRolloutMember Next(WaveSnapshot snapshot, FleetRolloutMember known, bool isUndone)
    {
        if (known.Outcome is FleetMemberOutcome.Gone) return known;
        if (!snapshot.Services.TryGetValue(known.Name, out ModelService? service)
            || service.Metadata.IsDeleting
            || service.Metadata.Uid != known.Uid)
        {
            return known with { Outcome = FleetMemberOutcome.Gone, Message = null };
        }

        // A cache that is behind shows the service as it was before it was ordered.
        if (service.Metadata.Generation < known.Generation) return known;
        bool goesBack = isUndone || known.Outcome == FleetMemberOutcome.Undoing;
        if (goesBack && Returned(service, known) is { } back) return back;
        if (IsFinal(known.Outcome)) return known;
        bool isOrdered = known.Outcome != FleetMemberOutcome.Pending || snapshot.HasOrdered(service);
        if (!snapshot.Selects(service))
        {
            if (known.Outcome == FleetMemberOutcome.Moved) return known;
            return Left(known, FleetMemberOutcome.Left, "It is not selected any more; what its own rollout does goes on.");
        }

        string release = service.Spec.Release;
        if (release == known.To) return Progress(service, known);
        if (release != known.From)
        {
            return Left(known, FleetMemberOutcome.Overridden, $"Its owner named {release} meanwhile, which counts.");
        }

        return isOrdered
            ? Left(known, FleetMemberOutcome.TakenBack, $"Its owner went back to {release}.")
            : known with { Message = null };
    }

    /// <summary>True of what ends a service's part whatever comes later.</summary>
    private static bool IsFinal(FleetMemberOutcome outcome) => outcome
        is FleetMemberOutcome.Failed or FleetMemberOutcome.TakenBack or FleetMemberOutcome.Overridden or FleetMemberOutcome.Left
        or FleetMemberOutcome.Undoing or FleetMemberOutcome.Undone;

    private static FleetRolloutMember Left(FleetRolloutMember known, FleetMemberOutcome outcome, string message) =>
        known with { Outcome = outcome, Message = message };

    /// <summary>How far a service is that goes back; null where it does not.</summary>
    private static FleetRolloutMember? Returned(ModelService service, FleetRolloutMember known)
    {
        bool wasMoved = known.Outcome is not (FleetMemberOutcome.Pending or FleetMemberOutcome.Overridden or FleetMemberOutcome.Left
            or FleetMemberOutcome.TakenBack or FleetMemberOutcome.Undone);
        if (!wasMoved || service.Spec.Release != known.From || known.From == known.To) return null;
        bool isThere = IsObserved(service)
            && (DecidedReplicas.Of(service) == 0
                || (RolledOut(service)?.Status == ConditionStatus.True && service.Status!.StableRelease?.Name == known.From));
        return known with
        {
            Outcome = isThere ? FleetMemberOutcome.Undone : FleetMemberOutcome.Undoing,
            Generation = service.Metadata.Generation,
            Message = null,
        };
    }

    /// <summary>A service whose spec names the new release.</summary>
    private static FleetRolloutMember Progress(ModelService service, FleetRolloutMember known)
    {
        // What has served is its owner's affair again.
        if (known.Outcome == FleetMemberOutcome.Moved) return known;
        FleetRolloutMember moving = known with
        {
            Outcome = FleetMemberOutcome.Moving,
            Generation = service.Metadata.Generation,
            Message = null,
        };
        if (!IsObserved(service) || RolledOut(service) is not { } rolledOut) return moving;
        if (rolledOut.Status == ConditionStatus.True)
        {
            return service.Status!.StableRelease?.Name == known.To ? moving with { Outcome = FleetMemberOutcome.Moved } : moving;
        }

        bool isMoving = RolloutPlanner.IsMoving(service.Status!.Rollout);
        return rolledOut.Reason switch
        {
            RolloutReasons.RolledBack => moving with
            {
                Outcome = FleetMemberOutcome.Failed,
                Message = service.Status.Rollout?.Verdict?.Reason ?? rolledOut.Message,
            },
            RolloutReasons.ProgressDeadlineExceeded => moving with { Outcome = FleetMemberOutcome.Failed, Message = rolledOut.Message },
            RolloutReasons.StartFailed when !isMoving => moving with
            {
                Outcome = FleetMemberOutcome.Failed,
                Message = rolledOut.Message,
            },
            RolloutReasons.ScaledToZero => moving with { Outcome = FleetMemberOutcome.Asleep },
            RolloutReasons.FirstDeployment when DecidedReplicas.Of(service) == 0 => moving with { Outcome = FleetMemberOutcome.Asleep },
            RolloutReasons.Held or RolloutReasons.ReleaseNotReady => moving with { Message = rolledOut.Message },
            _ => moving,
        };
    }

    internal static bool IsObserved(ModelService service) => service.Status?.ObservedGeneration >= service.Metadata.Generation;

    private static Condition? RolledOut(ModelService service) => (service.Status?.Conditions).Find(ModelServiceConditions.RolledOut);
}
