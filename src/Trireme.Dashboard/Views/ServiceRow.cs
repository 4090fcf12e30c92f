using Trireme.Contracts.Resources;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Fleet;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;

namespace Trireme.Dashboard.Views;

/// <summary>One service in the overview.</summary>
public sealed record ServiceRow
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required Health Health { get; init; }

    public required IReadOnlyList<ReleaseTraffic> Traffic { get; init; }

    public int ReadyReplicas { get; init; }

    public int WantedReplicas { get; init; }

    /// <summary>Why there are more or fewer replicas than wanted; null where there are not.</summary>
    public string? ReplicaNote { get; init; }

    public double? RequestsPerSecond { get; init; }

    public double? TokensPerSecond { get; init; }

    public double? TtftP95Seconds { get; init; }

    public double? QueueWaitP95Seconds { get; init; }

    public double? KvUse { get; init; }

    /// <summary>Failed requests as a share of all; null without requests.</summary>
    public double? ErrorShare { get; init; }

    public string Href => HrefOf(Namespace, Name);

    /// <summary>Address of a service's page.</summary>
    public static string HrefOf(string @namespace, string name) =>
        $"services/{Uri.EscapeDataString(@namespace)}/{Uri.EscapeDataString(name)}";

    public static ServiceRow From(ModelService service, FleetMetrics metrics, IEnumerable<ModelReplica> replicas)
    {
        double? requests = Of(metrics.RequestsPerSecond);
        return new ServiceRow
        {
            Namespace = service.Metadata.Namespace ?? "",
            Name = service.Metadata.Name,
            Health = HealthOf(service, replicas),
            Traffic = service.Status?.Traffic ?? [],
            ReadyReplicas = service.Status?.ReadyReplicas ?? 0,
            WantedReplicas = DecidedReplicas.Of(service),
            ReplicaNote = ReplicaWords.NoteOf(service),
            RequestsPerSecond = requests,
            TokensPerSecond = Of(metrics.TokensPerSecond),
            TtftP95Seconds = Of(metrics.TtftP95),
            QueueWaitP95Seconds = Of(metrics.QueueWaitP95),
            KvUse = Of(metrics.KvUse),
            ErrorShare = requests is > 0 ? (Of(metrics.FailuresPerSecond) ?? 0) / requests : null,
        };

        double? Of(IReadOnlyList<MetricValue> values) => values
            .Where(value => value.Label("service") == service.Metadata.Name && value.Label("namespace") == service.Metadata.Namespace)
            .Select(value => (double?)value.Value)
            .FirstOrDefault(value => double.IsFinite(value!.Value));
    }

    /// <summary>The most pressing condition speaks for the service; a replica that fails while others serve is a problem too.</summary>
    public static Health HealthOf(ModelService service, IEnumerable<ModelReplica> replicas)
    {
        if (service.Metadata.IsDeleting) return new Health(HealthLevel.Idle, "Ending", "The service is being deleted.");
        if (DecidedReplicas.Of(service) == 0) return new Health(HealthLevel.Idle, "Asleep", "No replicas are wanted.");
        IReadOnlyList<Condition>? conditions = service.Status?.Conditions;
        Condition? available = conditions.Find(ModelServiceConditions.Available);
        if (available is null) return new Health(HealthLevel.Busy, "Starting", "The operator has not looked at it yet.");
        if (available.Status != ConditionStatus.True) return new Health(HealthLevel.Bad, "Down", available.Message);
        Condition? scaled = conditions.Find(ModelServiceConditions.Scaled);
        Condition? rolledOut = conditions.Find(ModelServiceConditions.RolledOut);
        string rollout = rolledOut?.Message ?? "";
        ModelReplica? failing = scaled is { Status: ConditionStatus.False } ? replicas.FirstOrDefault(IsFailing) : null;
        return service.Status?.Rollout?.Phase switch
        {
            // Undone since, it is history.
            RolloutPhase.RolledBack when rolledOut?.Status != ConditionStatus.True =>
                new Health(HealthLevel.Warning, "Rolled back", rollout),
            RolloutPhase.Held when OutcomeWords.IsHeld(service.Status.Rollout) => new Health(HealthLevel.Warning, "Held", rollout),
            RolloutPhase.Preparing or RolloutPhase.Progressing or RolloutPhase.Held => new Health(HealthLevel.Busy, "Rolling out", rollout),
            _ when scaled is { Status: ConditionStatus.False, Reason: ServiceReasons.FailedCreate } || failing is not null =>
                new Health(HealthLevel.Warning, "Degraded", scaled!.Message),
            _ when scaled is { Status: ConditionStatus.False } => new Health(HealthLevel.Busy, "Scaling", scaled.Message),
            _ => new Health(HealthLevel.Good, "Available", available.Message),
        };
    }

    private static bool IsFailing(ModelReplica replica) => replica.Status?.Phase is ReplicaPhase.Failed or ReplicaPhase.BackingOff;
}
