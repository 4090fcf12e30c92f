using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts;

/// <summary>How a move stands or ended, in the words that the command line, the dashboard and events share.</summary>
public static class OutcomeWords
{
    /// <summary>How the last move of a service stands; null where it has none.</summary>
    public static string? Of(ModelService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        if (service.Status?.Rollout is not { } rollout) return null;
        return rollout.Order is { } order && RolloutPlanner.IsMoving(rollout) ? OfOrder(order) : Of(Phase(service), rollout.Order);
    }

    /// <summary>How a recorded move ended.</summary>
    public static string Of(RolloutRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Of(record.Outcome, record.Order);
    }

    /// <summary>
    /// Where the last move stands. What came of it stays what its record says: a person who settles on the release that serves after a
    /// rollback does not make of it a move that was called off.
    /// </summary>
    /// <param name="service">A service that has moved.</param>
    public static RolloutPhase Phase(ModelService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        RolloutStatus rollout = service.Status!.Rollout!;
        if (rollout.Phase == RolloutPhase.Held && !IsHeld(rollout)) return RolloutPhase.Progressing;
        RolloutRecord? record = service.Status.History?.LastOrDefault(known => IsOf(known, rollout));
        return rollout.Phase == RolloutPhase.Superseded && record is not null ? record.Outcome : rollout.Phase;
    }

    /// <summary>
    /// True while a move waits for a person. One that a person has promoted since keeps its phase while its last replicas start, and waits
    /// for nobody.
    /// </summary>
    public static bool IsHeld(RolloutStatus? rollout) => rollout is { Phase: RolloutPhase.Held, Order: null };

    /// <summary>The word for a phase, whoever brought it about.</summary>
    public static string Of(RolloutPhase phase) => phase switch
    {
        RolloutPhase.Preparing => "preparing",
        RolloutPhase.Progressing => "progressing",
        RolloutPhase.Held => "held",
        RolloutPhase.Promoted => "promoted",
        RolloutPhase.RolledBack => "rolled back",
        _ => "called off",
    };

    /// <summary>What a person said of a move.</summary>
    public static string OfOrder(RolloutOrder order) => order == RolloutOrder.Undo ? "undo by a person" : "promoted by a person";

    private static string Of(RolloutPhase phase, RolloutOrder? order) =>
        phase == RolloutPhase.Promoted && order is { } said ? OfOrder(said) : Of(phase);

    private static bool IsOf(RolloutRecord record, RolloutStatus rollout) =>
        record.Revision == Math.Max(1, rollout.Revision) && record.StartedAt == rollout.StartedAt;
}
