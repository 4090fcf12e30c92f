using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Scaling;

namespace Trireme.Dashboard.Views;

/// <summary>Says why a service has another number of replicas than it wants.</summary>
internal static class ReplicaWords
{
    /// <summary>A few words, such as "1 more during the rollout"; null where the numbers agree.</summary>
    public static string? NoteOf(ModelService service)
    {
        int ready = service.Status?.ReadyReplicas ?? 0;
        int wanted = DecidedReplicas.Of(service);
        if (ready < wanted) return ready == 0 ? null : $"{wanted - ready} not ready yet";
        if (ready == wanted) return null;
        return RolloutOrders.IsMoving(service.Status?.Rollout)
            ? $"{ready - wanted} more during the rollout"
            : $"{ready - wanted} more until it has drained";
    }

    /// <summary>One sentence for the service's own page; null where the numbers agree.</summary>
    public static string? SentenceOf(ModelService service)
    {
        int ready = service.Status?.ReadyReplicas ?? 0;
        int wanted = DecidedReplicas.Of(service);
        if (ready <= wanted) return null;
        string more = ready - wanted == 1 ? "1 replica" : $"{ready - wanted} replicas";
        return service.Status?.Rollout is { } rollout && RolloutOrders.IsMoving(rollout)
            ? $"{ready} of {wanted} are ready: {more} more than wanted, because {rollout.To.Name} runs beside {rollout.From.Name} "
                + "until the rollout ends."
            : $"{ready} of {wanted} are ready: {more} more than wanted, until open requests have ended and the old ones stop.";
    }
}
