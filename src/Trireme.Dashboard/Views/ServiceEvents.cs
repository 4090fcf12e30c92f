using Trireme.Contracts.Resources;

namespace Trireme.Dashboard.Views;

/// <summary>Which events belong to a service: its own, those of its replicas, and those of the releases it runs.</summary>
internal static class ServiceEvents
{
    public const int Shown = 10;

    /// <summary>The newest first; what was said again stands once with its count.</summary>
    public static IEnumerable<Event> Newest(IEnumerable<Event> events) => events
        .OrderByDescending(item => item.LastTimestamp)
        .GroupBy(item => (item.Metadata.Namespace, item.InvolvedObject.Kind, item.InvolvedObject.Name, item.Reason, item.Message))
        .Select(same => same.First() with { Count = same.Sum(item => item.Count ?? 1) });

    /// <summary>The newest of a service.</summary>
    public static IReadOnlyList<Event> Of(ModelService service, IEnumerable<Event> events)
    {
        HashSet<string> releases = [service.Spec.Release, .. (service.Status?.Traffic ?? []).Select(traffic => traffic.Name)];
        if (service.Status?.Rollout is { } rollout) releases.UnionWith([rollout.From.Name, rollout.To.Name]);
        return
        [
            .. Newest(events.Where(item =>
                    item.Metadata.Namespace == service.Metadata.Namespace && Concerns(item.InvolvedObject)))
                .Take(Shown),
        ];

        bool Concerns(ObjectReference target) =>
            (target.Kind == ModelService.TypeKind && target.Name == service.Metadata.Name)
            || (target.Kind == ModelReplica.TypeKind && IsReplica(target.Name, service.Metadata.Name))
            || (target.Kind == Release.TypeKind && releases.Contains(target.Name ?? ""));
    }

    /// <summary>
    /// By name, because events outlive their replica: service, hash of the release, random end. The service "tiny" must not get
    /// the events of "tiny-two", so exactly two parts follow.
    /// </summary>
    private static bool IsReplica(string? name, string service) =>
        name?.StartsWith(service + "-", StringComparison.Ordinal) == true
        && name.AsSpan(service.Length + 1).Count('-') == 1;
}
