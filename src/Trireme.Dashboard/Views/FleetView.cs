using Trireme.Contracts.Resources;
using Trireme.Dashboard.Fleet;

namespace Trireme.Dashboard.Views;

/// <summary>The overview of the whole fleet.</summary>
public sealed record FleetView
{
    private const int MaxEvents = 8;

    /// <summary>All services, those with problems first.</summary>
    public required IReadOnlyList<ServiceRow> Services { get; init; }

    /// <summary>Services that answer.</summary>
    public int ServicesAvailable { get; init; }

    /// <summary>Services that should answer; those asked to sleep are not missed.</summary>
    public int ServicesWanted { get; init; }

    public int ReadyReplicas { get; init; }

    public int WantedReplicas { get; init; }

    /// <summary>Ready replicas beyond what their services want, such as those of both releases of a rollout.</summary>
    public int SurplusReplicas { get; init; }

    /// <summary>Replicas that services want and do not have ready.</summary>
    public int MissingReplicas { get; init; }

    public double RequestsPerSecond { get; init; }

    public double TokensPerSecond { get; init; }

    /// <summary>Time to first token of the slowest service.</summary>
    public double? TtftP95Seconds { get; init; }

    /// <summary>Failed requests as a share of all; null without requests.</summary>
    public double? ErrorShare { get; init; }

    public required IReadOnlyList<Event> Events { get; init; }

    public static FleetView From(FleetOverview snapshot)
    {
        ILookup<(string?, string), ModelReplica> replicas =
            snapshot.Replicas.ToLookup(replica => (replica.Metadata.Namespace, replica.Spec.Service));
        ServiceRow[] rows =
        [
            .. snapshot.Services
                .Select(service => ServiceRow.From(
                    service, snapshot.Metrics, replicas[(service.Metadata.Namespace, service.Metadata.Name)]))
                .OrderBy(row => Urgency(row.Health.Level))
                .ThenBy(row => row.Namespace, StringComparer.Ordinal)
                .ThenBy(row => row.Name, StringComparer.Ordinal),
        ];
        double requests = rows.Sum(row => row.RequestsPerSecond ?? 0);
        double failures = rows.Sum(row => (row.ErrorShare ?? 0) * (row.RequestsPerSecond ?? 0));
        return new FleetView
        {
            Services = rows,
            ServicesAvailable = rows.Count(row => row.ReadyReplicas > 0),
            ServicesWanted = rows.Count(row => row.WantedReplicas > 0 || row.ReadyReplicas > 0),
            ReadyReplicas = rows.Sum(row => row.ReadyReplicas),
            WantedReplicas = rows.Sum(row => row.WantedReplicas),
            SurplusReplicas = rows.Sum(row => Math.Max(0, row.ReadyReplicas - row.WantedReplicas)),
            MissingReplicas = rows.Sum(row => Math.Max(0, row.WantedReplicas - row.ReadyReplicas)),
            RequestsPerSecond = requests,
            TokensPerSecond = rows.Sum(row => row.TokensPerSecond ?? 0),
            TtftP95Seconds = rows.Max(row => row.TtftP95Seconds),
            ErrorShare = requests > 0 ? failures / requests : null,
            Events = [.. ServiceEvents.Newest(snapshot.Events).Take(MaxEvents)],
        };
    }

    private static int Urgency(HealthLevel level) => level switch
    {
        HealthLevel.Bad => 0,
        HealthLevel.Warning => 1,
        HealthLevel.Busy => 2,
        HealthLevel.Good => 3,
        _ => 4,
    };
}
