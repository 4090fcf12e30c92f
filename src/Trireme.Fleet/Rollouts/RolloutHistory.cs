using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts.Strategies;

namespace Trireme.Fleet.Rollouts;

/// <summary>Records each move once, when it ends, and keeps the last few.</summary>
internal static class RolloutHistory
{
    public static IReadOnlyList<RolloutRecord> Next(RolloutSnapshot before, RolloutDecision decision)
    {
        if (Ended(before, decision) is not { } record) return before.History;
        IEnumerable<RolloutRecord> kept = before.History.Append(record);
        return [.. kept.Skip(Math.Max(0, before.History.Count + 1 - RolloutRecord.CountMax))];
    }

    /// <summary>Number of the move that begins now.</summary>
    public static long NextRevision(RolloutSnapshot snapshot) =>
        Math.Max(snapshot.Rollout?.Revision ?? 0, snapshot.History is [.., { } last] ? last.Revision : 0) + 1;

    private static RolloutRecord? Ended(RolloutSnapshot before, RolloutDecision decision)
    {
        if (before.Stable is null && decision.Stable is { } first) return First(before, first);
        if (decision.Rollout is not { } rollout || RolloutPlanner.IsMoving(rollout)) return null;
        bool isRecorded = before.Rollout is { } known && IsSameMove(known, rollout) && !RolloutPlanner.IsMoving(known);
        return isRecorded ? null : new RolloutRecord
        {
            Revision = Math.Max(1, rollout.Revision),
            From = rollout.From,
            To = rollout.To,
            Outcome = rollout.Phase,
            Order = rollout.Order,
            StartedAt = rollout.StartedAt,
            EndedAt = before.Now,
            Evidence = Evidence(before, rollout),
        };
    }

    private static RolloutRecord First(RolloutSnapshot before, ReleaseRef first) => new()
    {
        Revision = NextRevision(before),
        To = first,
        Outcome = RolloutPhase.Promoted,
        StartedAt = before.Now,
        EndedAt = before.Now,
        Evidence = "The first release of the service.",
    };

    private static bool IsSameMove(RolloutStatus a, RolloutStatus b) => a.Id == b.Id && a.StartedAt == b.StartedAt;

    private static string Evidence(RolloutSnapshot before, RolloutStatus rollout) => (rollout.Phase, rollout.Order) switch
    {
        (RolloutPhase.Promoted, RolloutOrder.Undo) => "A person went back to it.",
        (RolloutPhase.Promoted, RolloutOrder.Promote) => Join("A person promoted it.", rollout.Verdict),
        (RolloutPhase.Promoted, _) => Join(RolloutStrategy.Of(rollout.Plan).Done(rollout.Plan), rollout.Verdict),
        (RolloutPhase.Superseded, _) => Join($"Called off for {before.Spec.Release}.", rollout.Verdict),
        _ => rollout.Verdict?.Reason ?? "Rolled back.",
    };

    private static string Join(string text, RolloutVerdict? verdict) => verdict is null ? text : $"{text} {verdict.Reason}";
}
