using System.Diagnostics;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Placement;

namespace Trireme.Fleet.Benchmarks;

/// <summary>
/// Places 1,000 replicas over pools as they come and go, and compares what is lost with first-fit and best-fit over the very same
/// arrivals: replicas without a place, and free memory into which the smallest replica does not go.
/// </summary>
internal static class PlacementBenchmark
{
    private const int Replicas = 1000;
    private const int Churn = 500;
    private const int Runs = 3;

    /// <summary>Devices of each size: a little less memory than a thousand replicas ask for on average.</summary>
    private const int DevicesEach = 118;

    private const long GiB = 1L << 30;

    /// <summary>Memory of served models on accelerators, in GiB, from a quantised 1B to a 70B in eight bits.</summary>
    private static readonly int[] Sizes = [3, 5, 9, 14, 18, 26, 40, 72];

    private static readonly int[] Devices = [24, 40, 48, 80];

    private enum Policy
    {
        Planner,
        FirstFit,
        BestFit,
    }

    public static void Run(SortedDictionary<string, double> figures)
    {
        foreach (Policy policy in Enum.GetValues<Policy>())
        {
            double waiting = 0, stranded = 0;
            for (int run = 0; run < Runs; run++)
            {
                (int waits, long lost) = Fill(policy, run);
                waiting += waits / (double)Runs;
                stranded += lost / (double)GiB / Runs;
            }

            string name = policy.ToString().ToLowerInvariant();
            figures[$"placement_{name}_waiting"] = Math.Round(waiting, 1);
            figures[$"placement_{name}_stranded_gib"] = Math.Round(stranded, 1);
            Console.WriteLine($"{policy}: {waiting:0.0} of {Replicas} replicas wait, {stranded:0.0} GiB are stranded (mean of {Runs}).");
        }

        Time(figures);
    }

    private static PlacementIndex Empty()
    {
        PlacementIndex index = PlacementIndex.Empty;
        for (int kind = 0; kind < Devices.Length; kind++)
        {
            int size = Devices[kind];
            index = index.With(new PlacementPool
            {
                Name = "pool-" + size,
                PricePerHour = size / 20.0,
                Devices = [.. Enumerable.Range(0, DevicesEach).Select(i => ($"gpu-{i:000}", (long?)(size * GiB), 16))],
            });
        }

        return index;
    }

    /// <summary>Fills the pools to the brim, then lets replicas go and others come.</summary>
    private static (int Waiting, long Stranded) Fill(Policy policy, int seed)
    {
#pragma warning disable CA5394 // Reproducible by intent.
        var random = new Random(seed);
        PlacementIndex index = Empty();
        var live = new List<ReplicaKey>();
        for (int i = 0; i < Replicas + Churn; i++)
        {
            if (live.Count == Replicas)
            {
                int gone = random.Next(live.Count);
                index = index.Without(live[gone]);
                live[gone] = live[^1];
                live.RemoveAt(live.Count - 1);
            }

            PlacementRequest request = Request(i, Sizes[random.Next(Sizes.Length)]);
            live.Add(request.Replica);
            index = Place(policy, index, request);
        }
#pragma warning restore CA5394

        long smallest = Sizes[0] * GiB;
        long stranded = index.Pools.Keys.SelectMany(index.DevicesOf).Sum(device => device.Free < smallest ? device.Free : 0);
        return (live.Count - index.Seats.Count, stranded);
    }

    private static PlacementIndex Place(Policy policy, PlacementIndex index, PlacementRequest request)
    {
        if (policy == Policy.Planner) return PlacementPlanner.Decide(FleetSnapshot.Empty with { Placement = index }, [request]).Index;
        foreach (PlacementPool pool in index.Pools.Values.OrderBy(static pool => pool.PricePerHour))
        {
            IEnumerable<DeviceLoad> fitting = index.DevicesOf(pool.Name).Where(device => device.Free >= request.MemoryBytes);
            DeviceLoad? chosen = policy == Policy.FirstFit ? fitting.FirstOrDefault() : fitting.MinBy(static device => device.Free);
            if (chosen is not null) return index.Seat(request, chosen.Key);
        }

        return index;
    }

    private static PlacementRequest Request(int number, int size) => new(
        new ReplicaKey("tenant", $"replica-{number}"),
        new ServiceKey("tenant", $"service-{number % 100}"),
        size * GiB,
        256L << 20,
        1,
        new PlacementSpec());

    private static void Time(SortedDictionary<string, double> figures)
    {
        PlacementIndex empty = Empty();
        PlacementRequest[] all = [.. Enumerable.Range(0, Replicas).Select(i => Request(i, Sizes[i % Sizes.Length]))];
        FleetSnapshot fleet = FleetSnapshot.Empty with { Placement = empty };
        for (int i = 0; i < 5; i++) PlacementPlanner.Decide(fleet, all);
        long begun = Stopwatch.GetTimestamp();
        PlacementIndex full = PlacementPlanner.Decide(fleet, all).Index;
        figures["placement_1000_ms"] = Math.Round(Stopwatch.GetElapsedTime(begun).TotalMilliseconds, 2);

        // One replica goes and another comes, as when one is replaced.
        ReplicaKey[] seated = [.. full.Seats.Keys.Order()];
        double[] microseconds = new double[4000];
        long bytes = 0;
        for (int i = -1000; i < microseconds.Length; i++)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            begun = Stopwatch.GetTimestamp();
            ReplicaKey gone = seated[(i + 1000) % seated.Length];
            FleetSnapshot less = FleetSnapshot.Empty with { Placement = full.Without(gone) };
            PlacementDecision decision = PlacementPlanner.Decide(less, [Request(Replicas + 1, Sizes[0])]);
            if (i < 0) continue;
            microseconds[i] = Stopwatch.GetElapsedTime(begun).TotalMicroseconds;
            bytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (decision.Changed.Count == 0) throw new InvalidOperationException("Nothing was decided.");
        }

        Array.Sort(microseconds);
        figures["placement_one_us_p50"] = Math.Round(microseconds[microseconds.Length / 2], 1);
        figures["placement_one_us_p99"] = Math.Round(microseconds[microseconds.Length * 99 / 100], 1);
        figures["placement_one_allocated_bytes"] = Math.Round(bytes / (double)microseconds.Length);
        Console.WriteLine(
            $"{Replicas} replicas over {Devices.Length * DevicesEach} devices at once: {figures["placement_1000_ms"]} ms; one goes and one "
            + $"comes among them: p50 {figures["placement_one_us_p50"]} us, p99 {figures["placement_one_us_p99"]} us, "
            + $"{figures["placement_one_allocated_bytes"]} bytes.");
    }
}
