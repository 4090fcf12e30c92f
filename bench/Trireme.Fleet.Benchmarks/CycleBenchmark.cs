using System.Diagnostics;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Services;

namespace Trireme.Fleet.Benchmarks;

/// <summary>Reads one changed service into the snapshot of a large fleet and decides it, as each cycle of the operator does.</summary>
internal static class CycleBenchmark
{
    private const int Services = 1000;
    private const int ReplicasEach = 2;
    private const int WarmUps = 2000;
    private const int Cycles = 5000;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void Run(SortedDictionary<string, double> figures)
    {
        FleetSnapshot fleet = FleetSnapshot.Empty;
        for (int i = 0; i < Services; i++) fleet = fleet.With(Seen(i, ready: ReplicasEach));
        Measure(fleet, WarmUps);
        (double[] milliseconds, double bytes) = Measure(fleet, Cycles);
        Array.Sort(milliseconds);
        figures["cycle_ms_p50"] = Math.Round(milliseconds[Cycles / 2], 4);
        figures["cycle_ms_p99"] = Math.Round(milliseconds[Cycles * 99 / 100], 4);
        figures["cycle_ms_max"] = Math.Round(milliseconds[^1], 4);
        figures["cycle_allocated_bytes"] = Math.Round(bytes);
        long begun = Stopwatch.GetTimestamp();
        FleetPlanner.Decide(fleet, fleet.Services.Keys, Now);
        figures["all_services_ms"] = Math.Round(Stopwatch.GetElapsedTime(begun).TotalMilliseconds, 1);
        Console.WriteLine(
            $"A cycle over {Services} services of {ReplicasEach} replicas with one change: p50 {figures["cycle_ms_p50"]} ms, "
            + $"p99 {figures["cycle_ms_p99"]} ms, {figures["cycle_allocated_bytes"]} bytes; wanted: less than 5 ms.");
        Console.WriteLine($"The same with every service touched: {figures["all_services_ms"]} ms.");
    }

    private static (double[] Milliseconds, double Bytes) Measure(FleetSnapshot fleet, int cycles)
    {
        var milliseconds = new double[cycles];
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < cycles; i++)
        {
            long begun = Stopwatch.GetTimestamp();

            // A replica was lost; the service is read again and a new replica decided.
            FleetSnapshot next = fleet.With(Seen(i % Services, ready: ReplicasEach - 1));
            IReadOnlyList<ServiceDecision> decisions = FleetPlanner.Decide(next, [KeyOf(i % Services)], Now);
            milliseconds[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            if (decisions is not [{ Create.Count: 1 }]) throw new InvalidOperationException("The decision is wrong.");
        }

        return (milliseconds, (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)cycles);
    }

    private static ServiceKey KeyOf(int number) => new($"tenant-{number % 100}", $"service-{number}");

    private static ServiceSnapshot Seen(int number, int ready)
    {
        ServiceKey key = KeyOf(number);
        var service = new ModelService
        {
            Metadata = new ObjectMeta { Name = key.Name, Namespace = key.Namespace, Uid = key.Name, Generation = 1 },
            Spec = new ModelServiceSpec { Release = "v1", Replicas = ReplicasEach },
            Status = new ModelServiceStatus { StableRelease = new ReleaseRef { Name = "v1", ContentHash = "h1" } },
        };
        var release = new Release
        {
            Metadata = new ObjectMeta { Name = "v1", Namespace = key.Namespace },
            Spec = new ReleaseSpec { Source = new ModelSource { Path = "model" } },
            Status = new ReleaseStatus
            {
                ContentHash = "h1",
                ShortHash = "h1",
                ResolvedPath = "/models/model",
                Conditions = [new Condition { Type = ReleaseConditions.Verified, Status = ConditionStatus.True, Reason = "DigestsMatch" }],
            },
        };
        var template = new ReplicaTemplate(service, release);
        return new ServiceSnapshot
        {
            Service = service,
            Releases = new Dictionary<string, Release> { ["v1"] = release },
            Replicas =
            [
                .. Enumerable.Range(0, ready).Select(i => template.Create($"r{i}") with
                {
                    Status = new ModelReplicaStatus { Phase = ReplicaPhase.Ready, Endpoint = "http://127.0.0.1:1" },
                }),
            ],
        };
    }
}
