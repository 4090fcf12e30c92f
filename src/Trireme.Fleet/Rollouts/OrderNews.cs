using System.Text.Json;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts;

/// <summary>What a person has just said of a service's move, for an event: what was ordered, and from which release to which.</summary>
/// <param name="Reason">Stable machine-readable name of the order.</param>
/// <param name="Message">What a person should know.</param>
public sealed record OrderNews(string Reason, string Message)
{
    /// <param name="service">The service as it was.</param>
    /// <param name="after">Its status as it is decided now.</param>
    /// <returns>Null where nobody said anything.</returns>
    public static OrderNews? Of(ModelService service, ModelServiceStatus after)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(after);
        if (after.Rollout is not { } move) return null;
        RolloutStatus? before = service.Status?.Rollout;
        if (move.Order is { } order && move.OrderedBy != before?.OrderedBy)
        {
            return order == RolloutOrder.Undo
                ? Undone(move.From, move.To)
                : new OrderNews(
                    RolloutReasons.PromoteOrdered,
                    $"A person promoted {move.To.Name}: all traffic moves from {move.From.Name} to it without the judge.");
        }

        // A move that is taken back before its end needs no word of its own: the spec names the serving release again.
        bool ends = move.Phase == RolloutPhase.Superseded && before is { Phase: not (RolloutPhase.Superseded or RolloutPhase.Promoted) };
        return ends && after.StableRelease?.Name == service.Spec.Release && IsUndone(service) ? Undone(move.To, move.From) : null;
    }

    private static OrderNews Undone(ReleaseRef from, ReleaseRef to) =>
        new(RolloutReasons.UndoOrdered, $"A person undid the move: from {from.Name} back to {to.Name}.");

    /// <summary>True if the release that the spec names was last written by an undo.</summary>
    private static bool IsUndone(ModelService service) => (service.Metadata.ManagedFields ?? []).Any(static entry =>
        entry.Manager == TriremeApi.UndoFieldManager
        && entry.FieldsV1 is { ValueKind: JsonValueKind.Object } fields
        && fields.TryGetProperty("f:spec", out JsonElement spec)
        && spec.TryGetProperty("f:release", out _));
}
