using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;

namespace Trireme.Hosting;

/// <summary>Waits at start until the services that should serve do.</summary>
internal static class ServicesReady
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Returns the services that were not available within the time, with the reason each gives; empty when all are. A request that fails
    /// is one of many: a platform whose parts all run does not end for it, but says why and asks again.
    /// </summary>
    /// <param name="connection">To the API server.</param>
    /// <param name="isSeen">
    /// Whether a replica's status is of this start: what the platform of before left may drain by now, or be gone.
    /// </param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="progress">Told what is waited for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<IReadOnlyList<string>> WaitAsync(
        KubernetesConnection connection,
        Func<ResourceKey, bool> isSeen,
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
            IReadOnlyList<string> late;
            try
            {
                ResourceList<ModelService> services = await client.ListAsync(cancellationToken: cancellationToken);
                ResourceList<ModelReplica> all = await replicas.ListAsync(cancellationToken: cancellationToken);
                ModelService[] waiting = Waiting(services.Items, all.Items.Where(replica => isSeen(ResourceKey.Of(replica))));
                if (waiting.Length == 0) return [];
                late = [.. waiting.Select(Why)];
                string others = waiting.Length > 3 ? " and others" : "";
                progress($"Waiting for {string.Join(", ", waiting.Take(3).Select(service => service.Metadata.Name))}{others}");
            }
            catch (Exception exception) when (IsOfOneRequest(exception))
            {
                late = [$"whether they serve cannot be told: {exception.Message}"];
                progress($"Waiting for the API server, which could not be asked: {exception.Message}");
            }

            if (time.GetElapsedTime(start) > timeout) return late;
            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    /// <summary>A service that answers a chat, for the example; null when there is none, or that cannot be told now.</summary>
    public static async Task<string?> FirstAsync(KubernetesConnection connection, CancellationToken cancellationToken)
    {
        var services = new ResourceClient<ModelService>(connection, "trireme");
        var replicas = new ResourceClient<ModelReplica>(connection, "trireme");
        try
        {
            return First(
                (await services.ListAsync(TriremeApi.DefaultNamespace, cancellationToken: cancellationToken)).Items,
                (await replicas.ListAsync(TriremeApi.DefaultNamespace, cancellationToken: cancellationToken)).Items);
        }
        catch (Exception exception) when (IsOfOneRequest(exception))
        {
            return null;
        }
    }

    /// <inheritdoc cref="FirstAsync"/>
    internal static string? First(IEnumerable<ModelService> services, IReadOnlyList<ModelReplica> replicas) =>
        services.FirstOrDefault(service => IsAvailable(service) && ChatServices.MayChat(service, replicas))?.Metadata.Name;

    /// <summary>The services that should serve and do not.</summary>
    private static ModelService[] Waiting(IReadOnlyList<ModelService> services, IEnumerable<ModelReplica> replicas)
    {
        // Right after a start the status of a service may be the one that the platform of before left.
        HashSet<(string?, string)> answering = [.. replicas
            .Where(replica => replica.Status?.Phase == ReplicaPhase.Ready)
            .Select(replica => (replica.Metadata.Namespace, replica.Spec.Service))];
        return [.. services.Where(service => DecidedReplicas.Of(service) > 0
            && !(IsAvailable(service) && answering.Contains((service.Metadata.Namespace, service.Metadata.Name))))];
    }

    /// <summary>What the next request may not meet: an answer that refuses, one cut short, or none.</summary>
    private static bool IsOfOneRequest(Exception exception) =>
        exception is ApiException or HttpRequestException or IOException or JsonException;

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
