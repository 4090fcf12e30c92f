using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts;

/// <summary>What people say of moves. A word names its move, and counts until that move has taken it up.</summary>
public static class RolloutWords
{
    /// <summary>
    /// True while something has been said of a service's move that no decision has taken up yet. Annotations are part of no generation, so
    /// that nothing else tells.
    /// </summary>
    public static bool ArePending(ModelService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        if (service.Status?.Rollout is not { Phase: not (RolloutPhase.Promoted or RolloutPhase.Superseded) } rollout) return false;
        string? promote = service.Metadata.Annotations?.GetValueOrDefault(TriremeApi.PromoteAnnotation);
        string? undo = service.Metadata.Annotations?.GetValueOrDefault(TriremeApi.UndoAnnotation);
        return IsUndone(undo, rollout, rollout.To) || (rollout.Order != RolloutOrder.Undo && IsPromoted(promote, rollout));
    }

    /// <summary>True if a person asked, of this move, to go to the release at once, and it has not been done.</summary>
    internal static bool IsUndone(string? word, RolloutStatus? rollout, ReleaseRef to) =>
        word is not null && word != rollout?.OrderedBy && TriremeApi.IsOrder(word, rollout?.Id, to.ContentHash);

    /// <summary>
    /// True if a person asks to promote this move and it has not been done. Versions before moves had ids asked by the content hash alone.
    /// </summary>
    internal static bool IsPromoted(string? word, RolloutStatus rollout)
    {
        if (word is null || word == rollout.OrderedBy) return false;
        string hash = rollout.To.ContentHash;
        return TriremeApi.IsOrder(word, rollout.Id, hash) || (rollout.Id is null && word == hash);
    }
}
