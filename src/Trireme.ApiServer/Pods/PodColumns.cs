using System.Globalization;
using System.Text.Json;
using Trireme.ApiServer.Tables;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Pods;

/// <summary>The columns of kubectl get pods, made as Kubernetes makes them.</summary>
internal static class PodColumns
{
    private const string None = "<none>";

    public static IReadOnlyList<TableColumn> All { get; } =
    [
        Computed("Ready", 0, static (pod, _) => ReadyOf(pod)),
        Computed("Status", 0, static (pod, _) => StatusOf(pod)),
        Computed("Restarts", 0, RestartsOf),
        new(new PrinterColumn("Age", ".metadata.creationTimestamp", "date")),
        Computed("IP", 1, static (pod, _) => pod.Status?.PodIp ?? None),
        Computed("Node", 1, static (pod, _) => pod.Spec?.NodeName ?? None),
        Computed("Nominated Node", 1, static (_, _) => None),
        Computed("Readiness Gates", 1, static (_, _) => None),
    ];

    private static string ReadyOf(Pod pod) => string.Create(
        CultureInfo.InvariantCulture, $"{Containers(pod).Count(container => container.Ready)}/{pod.Spec?.Containers.Count ?? 0}");

    /// <summary>What keeps it from running, before what it does.</summary>
    private static string StatusOf(Pod pod)
    {
        if (pod.Metadata.IsDeleting) return "Terminating";
        string? obstacle = Containers(pod)
            .Select(container => container.State?.Waiting?.Reason ?? container.State?.Terminated?.Reason)
            .FirstOrDefault(reason => reason is not null);
        bool isGated = (pod.Status?.Conditions ?? []).Any(static condition => condition.Reason == PodConditions.Gated);
        if (isGated) obstacle ??= PodConditions.Gated;
        return obstacle ?? pod.Status?.Phase ?? "Unknown";
    }

    private static string RestartsOf(Pod pod, DateTimeOffset now)
    {
        int restarts = Containers(pod).Sum(container => container.RestartCount);
        DateTimeOffset? last = Containers(pod).Max(container => container.LastState?.Terminated?.FinishedAt);
        return restarts > 0 && last is { } ended
            ? string.Create(CultureInfo.InvariantCulture, $"{restarts} ({HumanDuration.Format(now - ended)} ago)")
            : restarts.ToString(CultureInfo.InvariantCulture);
    }

    private static IReadOnlyList<ContainerStatus> Containers(Pod pod) => pod.Status?.ContainerStatuses ?? [];

    private static TableColumn Computed(string name, int priority, Func<Pod, DateTimeOffset, string> text) =>
        TableColumn.Text(name, priority, (document, now) => text(document.Deserialize<Pod>(ResourceJson.Options)!, now));
}
