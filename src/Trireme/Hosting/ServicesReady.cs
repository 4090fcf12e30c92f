using Trireme.Contracts.Resources;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;

namespace Trireme.Hosting;

/// <summary>Waits at start until the services that should serve do.</summary>
internal static class ServicesReady
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns the services that were not available within the time, with the reason each gives; empty when all are.</summary>
    public static async Task<IReadOnlyList<string>> WaitAsync(
        KubernetesConnection connection,
        TimeSpan timeout,
        Action<string> progress,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var client = new ResourceClient<ModelService>(connection, "trireme");
        var replicas = new ResourceClient<ModelReplica>(connection, "trireme");
        long start = time.GetTimestamp();
        while (true)
        {
            ResourceList<ModelService> services = await client.ListAsync(cancellationToken: cancellationToken);

            // Right after a start the status of a service may be the one that the platform of before left.
            HashSet<(string?, string)> answering = [.. (await replicas.ListAsync(cancellationToken: cancellationToken)).Items
                .Where(replica => replica.Status?.Phase == ReplicaPhase.Ready)
                .Select(replica => (replica.Metadata.Namespace, replica.Spec.Service))];
            ModelService[] waiting = [.. services.Items.Where(service => service.Spec.Replicas > 0
                && !(IsAvailable(service) && answering.Contains((service.Metadata.Namespace, service.Metadata.Name))))];
            if (waiting.Length == 0) return [];
            if (time.GetElapsedTime(start) > timeout) return [.. waiting.Select(Why)];
            string others = waiting.Length > 3 ? " and others" : "";
            progress($"Waiting for {string.Join(", ", waiting.Take(3).Select(service => service.Metadata.Name))}{others}");
            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    /// <summary>A service that answers a chat, for the example; null when there is none.</summary>
    public static async Task<string?> FirstAsync(KubernetesConnection connection, CancellationToken cancellationToken)
    {
        var services = new ResourceClient<ModelService>(connection, "trireme");
        var replicas = new ResourceClient<ModelReplica>(connection, "trireme");
        return First(
            (await services.ListAsync(TriremeApi.DefaultNamespace, cancellationToken: cancellationToken)).Items,
            (await replicas.ListAsync(TriremeApi.DefaultNamespace, cancellationToken: cancellationToken)).Items);
    }

    /// <inheritdoc cref="FirstAsync"/>
    internal static string? First(IEnumerable<ModelService> services, IReadOnlyList<ModelReplica> replicas) =>
        services.FirstOrDefault(service => IsAvailable(service) && ChatServices.MayChat(service, replicas))?.Metadata.Name;

    private static bool IsAvailable(ModelService service) =>
        service.Status is { } status
        && status.ObservedGeneration >= service.Metadata.Generation
        && status.Conditions.IsTrue(ModelServiceConditions.Available)
        && status.Traffic?.Any(traffic => traffic.Weight > 0) == true;

    private static string Why(ModelService service)
    {
        Condition? worst = service.Status?.Conditions?.FirstOrDefault(condition => condition.Status == ConditionStatus.False);
        return $"{service.Metadata.Namespace}/{service.Metadata.Name}: {worst?.Reason ?? "Pending"} {worst?.Message}".TrimEnd();
    }
}
