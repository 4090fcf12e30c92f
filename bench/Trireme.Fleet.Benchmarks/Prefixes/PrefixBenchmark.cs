using Trireme.Fleet.Benchmarks.Scaling;

namespace Trireme.Fleet.Benchmarks.Prefixes;

/// <summary>
/// Sends the requests of a trace to simulated replicas that keep the prompts they computed last, by several routers in turn: how much of
/// the prompts is found cached, and how long the first token takes.
/// </summary>
internal static class PrefixBenchmark
{
    private const int Replicas = 8;

    /// <summary>Tokens whose keys and values a replica keeps.</summary>
    private const int CachedTokens = 1_000_000;

    private static readonly EngineProfile Engine = new()
    {
        SecondsPerPromptToken = 0.0001, PromptTokensPerStep = 2048, KvTokensMax = CachedTokens,
    };

    private static readonly (string Name, Func<Fleet, PrefixRequest, int> Choose)[] Routers =
    [
        ("in turn", static (fleet, _) => fleet.Turn++ % Replicas),
        ("fewest in flight", static (fleet, _) => fleet.Least(static cached => cached.Engine.InFlight)),
        ("cache_aware (SGLang)", CacheAware),
        ("trireme", static (fleet, request) => fleet.Least(cached => cached.Cost(request))),
    ];

    public static bool Run(string file, SortedDictionary<string, double> figures)
    {
        if (!File.Exists(file))
        {
            Console.Error.WriteLine($"{file} is not there.");
            return false;
        }

        PrefixRequest[] requests = PrefixTrace.Read(file);
        double ideal = Ideal(requests);
        double prompts = requests.Sum(static one => (double)one.Sizes.Prompt);
        Console.WriteLine($"one cache for all: {ideal / prompts:P1} cached");
        Console.WriteLine($"{"router",-20} {"cached",8} {"of ideal",8} {"p50 s",8} {"p95 s",8} {"p99 s",8} {"most/least",10}");
        foreach ((string name, Func<Fleet, PrefixRequest, int> choose) in Routers)
        {
            var fleet = new Fleet(Replicas, Engine, CachedTokens);
            fleet.Play(requests, choose);
            double[] waits = [.. fleet.Ended.Select(static flight => flight.FirstTokenAt - flight.Request.At).Order()];
            double hits = fleet.Replicas.Sum(static replica => replica.HitTokens);
            double share = hits / prompts;
            int least = fleet.Replicas.Min(static replica => replica.Taken);
            double balance = (double)fleet.Replicas.Max(static replica => replica.Taken) / Math.Max(1, least);
            Console.WriteLine(
                $"{name,-20} {share,8:P1} {hits / ideal,8:P1} {waits[waits.Length / 2],8:0.00} {waits[(int)(waits.Length * 0.95)],8:0.00} "
                + $"{waits[(int)(waits.Length * 0.99)],8:0.00} {balance,10:0.00}");
            figures[$"{name}, of ideal"] = Math.Round(hits / ideal, 3);
            figures[$"{name}, cached share"] = Math.Round(share, 4);
            figures[$"{name}, p95 s"] = Math.Round(waits[(int)(waits.Length * 0.95)], 2);
        }

        return true;
    }

    /// <summary>
    /// The rule of sgl-model-gateway with its defaults on the command line: the shortest queue while loads are 64 requests and half again
    /// apart, else the longest prefix if it is over 0.3 of the prompt, else the shortest queue.
    /// </summary>
    private static int CacheAware(Fleet fleet, PrefixRequest request)
    {
        int most = fleet.Replicas.Max(static replica => replica.Engine.InFlight);
        int least = fleet.Replicas.Min(static replica => replica.Engine.InFlight);
        bool isUneven = most - least > 64 && most > 1.5 * least;
        int longest = fleet.Replicas.Max(replica => replica.Match(request));
        return isUneven || longest <= 0.3 * request.Blocks.Length
            ? fleet.Least(static replica => replica.Engine.InFlight)
            : fleet.Least(replica => -replica.Match(request));
    }

    /// <summary>What a single cache of the same size finds: no router finds more.</summary>
    private static double Ideal(PrefixRequest[] requests)
    {
        var one = new CachingReplica(new SimulatedReplica("all", Engine, 0), Replicas * CachedTokens);
        foreach (PrefixRequest request in requests) one.Take(request);
        return one.HitTokens;
    }

    /// <summary>The replicas and the clock.</summary>
    internal sealed class Fleet(int count, EngineProfile engine, int cachedTokens)
    {
        public CachingReplica[] Replicas { get; } =
            [.. Enumerable.Range(0, count).Select(i => new CachingReplica(new SimulatedReplica($"r{i}", engine, 0), cachedTokens))];

        public List<Flight> Ended { get; } = [];

        public int Turn { get; set; }

        public int Least(Func<CachingReplica, long> cost)
        {
            int best = 0;
            long least = long.MaxValue;
            for (int i = 0; i < Replicas.Length; i++)
            {
                // Equals in turn.
                int at = (i + Turn) % Replicas.Length;
                if (cost(Replicas[at]) is var one && one < least) (best, least) = (at, one);
            }

            Turn++;
            return best;
        }

        public void Play(PrefixRequest[] requests, Func<Fleet, PrefixRequest, int> choose)
        {
            var events = new PriorityQueue<int, double>();
            int next = 0;
            while (next < requests.Length || events.Count > 0)
            {
                bool arrives = next < requests.Length && (!events.TryPeek(out _, out double first) || requests[next].Sizes.At <= first);
                if (arrives)
                {
                    PrefixRequest request = requests[next++];
                    int chosen = choose(this, request);
                    Replicas[chosen].Take(request);
                    if (!Replicas[chosen].Engine.IsStepping) Begin(chosen, request.Sizes.At, events);
                    continue;
                }

                events.TryDequeue(out int replica, out double now);
                Replicas[replica].EndStep(now, Ended);
                Begin(replica, now, events);
            }
        }

        private void Begin(int replica, double now, PriorityQueue<int, double> events)
        {
            if (Replicas[replica].Engine.Step() is { } seconds) events.Enqueue(replica, now + seconds);
        }
    }
}
