using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;
using Trireme.Operator.ModelServices;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>
/// A router in whose place requests come at given rates and take a second each, within the SLO where a replica has no more than four. Its
/// readings are lost, and come late, by the plan.
/// </summary>
internal sealed class SimulatedLoads(SimulatedWorld world) : IServiceLoads
{
    private readonly Dictionary<ResourceKey, Counted> _services = [];
    private long _sequence;

    public event Action<ResourceKey>? Waiting;

    /// <summary>From now on so many requests per second come for a service.</summary>
    public void Set(string service, double rate)
    {
        var key = new ResourceKey("default", service);
        Counted counted = Advance(key);
        _services[key] = counted with { Rate = rate };
        if (rate > 0 && Ready(key).Length == 0) Waiting?.Invoke(key);
    }

    public LoadSignal Read(ResourceKey service)
    {
        Counted counted = Advance(service);
        string[] ready = Ready(service);
        bool answers = ready.Length > 0;
        double each = answers ? counted.Rate / ready.Length : 0;
        if (answers) counted = counted with { Held = 0 };
        var reading = new ServiceLoad
        {
            Source = "router",
            Sequence = ++_sequence,
            At = world.Driver.Time.GetSteadyTime(),
            Held = (int)Math.Ceiling(counted.Held),
            InFlight = answers ? (int)Math.Ceiling(counted.Rate) : 0,
            WorkInFlight = answers ? counted.Rate : counted.Held,
            Arrived = (long)counted.Arrived,
            Work = counted.Arrived,
            Cells = Cells(counted.Last, (long)counted.Arrived, each),
            Replicas = Replicas(counted.Last, (long)counted.Arrived, ready, each),
        };
        ServiceLoad? last = counted.Last;
        _services[service] = counted with { Last = reading };
        if (world.Plan.IsCalm || !world.Plan.Chance(world.Plan.Rate)) return reading;
        return world.Plan.Chance(0.5) ? null : last;
    }

    /// <summary>What came since the last reading was answered by replicas with so much in flight.</summary>
    private static LoadCell[] Cells(ServiceLoad? last, long arrived, double each)
    {
        LoadCell[] cells = [.. last?.Cells ?? new LoadCell[LoadClasses.Count]];
        if (each <= 0) return cells;
        long more = arrived - (last?.Arrived ?? 0);
        ref LoadCell cell = ref cells[LoadClasses.IndexOf(each)];
        cell = new LoadCell(cell.Judged + more, cell.Met + (each <= 4 ? more : 0));
        return cells;
    }

    private Counted Advance(ResourceKey service)
    {
        TimeSpan now = world.Driver.Time.GetSteadyTime();
        Counted counted = _services.GetValueOrDefault(service) ?? new Counted(now, 0, 0, 0, null);
        double came = counted.Rate * (now - counted.At).TotalSeconds;
        return counted with { At = now, Arrived = counted.Arrived + came, Held = counted.Held + came };
    }

    private static Dictionary<string, ReplicaLoad> Replicas(ServiceLoad? last, long arrived, string[] ready, double each)
    {
        double more = ready.Length > 0 ? (arrived - (last?.Arrived ?? 0)) / (double)ready.Length : 0;
        return ready.ToDictionary(
            static name => name, name => new ReplicaLoad((int)each, each, (last?.Replicas.GetValueOrDefault(name).Ended ?? 0) + more));
    }

    private string[] Ready(ResourceKey service) =>
    [
        .. world.Api.All<ModelReplica>()
            .Where(replica => replica.Spec.Service == service.Name && ServiceSnapshot.IsReady(replica))
            .Select(static replica => replica.Metadata.Name),
    ];

    /// <param name="At">Until when it is counted.</param>
    /// <param name="Rate">Requests per second that come.</param>
    /// <param name="Arrived">Requests that have come.</param>
    /// <param name="Held">Those that wait for a replica.</param>
    /// <param name="Last">What was last read.</param>
    private sealed record Counted(TimeSpan At, double Rate, double Arrived, double Held, ServiceLoad? Last);
}
