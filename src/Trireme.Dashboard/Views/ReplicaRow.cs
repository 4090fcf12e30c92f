using Trireme.Contracts.Resources;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Fleet;

namespace Trireme.Dashboard.Views;

/// <summary>One replica on the service page.</summary>
public sealed record ReplicaRow
{
    public required string Name { get; init; }

    /// <summary>Tells it from a replica of the same name that takes its place.</summary>
    public string? Uid { get; init; }

    public required string Release { get; init; }

    public required string ContentHash { get; init; }

    /// <summary>Why it does not serve, said once; null where it does or where nobody knows.</summary>
    public string? Reason { get; init; }

    /// <summary>Why it cannot be restarted; null where it can.</summary>
    public string? RestartProblem { get; init; }

    public required Health Health { get; init; }

    public string Endpoint { get; init; } = "";

    public int Restarts { get; init; }

    public double? Running { get; init; }

    public double? Waiting { get; init; }

    public double? KvUse { get; init; }

    /// <summary>Start-up time with its stages, such as "0.5 s: weights 0.3 s, warm-up 0.2 s".</summary>
    public string Startup { get; init; } = Format.None;

    /// <summary>Rows in which each reason stands once.</summary>
    /// <param name="replicas">The replicas of a service.</param>
    /// <param name="metrics">Their load.</param>
    /// <param name="told">What the page says above the rows.</param>
    public static IReadOnlyList<ReplicaRow> From(IEnumerable<ModelReplica> replicas, FleetMetrics metrics, string? told)
    {
        ArgumentNullException.ThrowIfNull(replicas);
        List<string> said = told is null ? [] : [told];
        var rows = new List<ReplicaRow>();
        foreach (ReplicaRow row in replicas.Select(replica => From(replica, metrics)))
        {
            string detail = row.Health.Detail;
            bool needsReason = row.Health.Level == HealthLevel.Bad && detail.Length > 0;
            bool isTold = said.Exists(text => text.Contains(detail, StringComparison.Ordinal));
            rows.Add(needsReason ? row with { Reason = isTold ? "as said above" : detail } : row);
            if (needsReason) said.Add(detail);
        }

        return rows;
    }

    public static ReplicaRow From(ModelReplica replica, FleetMetrics metrics)
    {
        IReadOnlyList<StartupStage> stages = replica.Status?.Startup ?? [];
        string ledger = string.Join(", ", stages.Select(stage => $"{stage.Stage} {Format.Seconds(stage.Seconds)}"));
        return new ReplicaRow
        {
            Name = replica.Metadata.Name,
            Uid = replica.Metadata.Uid,
            Release = replica.Spec.Release,
            ContentHash = replica.Spec.ContentHash,
            RestartProblem = replica.Metadata.IsDeleting ? "It is ending already." : null,
            Health = HealthOf(replica),
            Endpoint = replica.Status?.Endpoint ?? "",
            Restarts = replica.Status?.Restarts ?? 0,
            Running = Of(metrics.ReplicaRunning),
            Waiting = Of(metrics.ReplicaWaiting),
            KvUse = Of(metrics.ReplicaKvUse),
            Startup = stages.Count == 0 ? Format.None : $"{Format.Seconds(stages.Sum(stage => stage.Seconds))}: {ledger}",
        };

        double? Of(IReadOnlyList<MetricValue> values) => values
            .Where(value => value.Label("replica") == replica.Metadata.Name && value.Label("namespace") == replica.Metadata.Namespace)
            .Select(value => (double?)value.Value)
            .FirstOrDefault();
    }

    private static Health HealthOf(ModelReplica replica)
    {
        string message = replica.Status?.Conditions.Find(ModelReplicaConditions.Ready)?.Message ?? "";
        return replica.Status?.Phase switch
        {
            ReplicaPhase.Ready when !replica.Metadata.IsDeleting => new Health(HealthLevel.Good, "Ready", message),
            ReplicaPhase.Ready or ReplicaPhase.Draining => new Health(HealthLevel.Idle, "Draining", message),
            ReplicaPhase.Starting => new Health(HealthLevel.Busy, "Starting", message),
            ReplicaPhase.Failed => new Health(HealthLevel.Bad, "Cannot serve", message),
            ReplicaPhase.BackingOff => new Health(HealthLevel.Bad, "Backing off", message),
            _ => new Health(HealthLevel.Busy, "Pending", message),
        };
    }
}
