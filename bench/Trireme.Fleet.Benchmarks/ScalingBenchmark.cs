using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Benchmarks.Scaling;

namespace Trireme.Fleet.Benchmarks;

/// <summary>
/// Replays traces through the product's scaling decision and through those of its peers, in virtual time. The product is told the SLO and
/// nothing else. Each peer comes twice: as its documentation sets it up, and with the best of many targets, chosen for each trace and
/// start-up time with hindsight: the one with the fewest replica-hours of those that reach the attainment with every seed.
/// </summary>
internal static class ScalingBenchmark
{
    private static readonly string[] Traces = ["azure-llm-2023-conversation.csv", "azure-llm-2023-code.csv"];
    private static readonly double[] StartSeconds = [20, 60, 180];
    private static readonly int[] Seeds = [1, 2, 3];
    private static readonly double[] Targets = [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32];

    private static readonly ScalingSpec Scaling = new()
    {
        MinReplicas = 1,
        MaxReplicas = 64,
        Slo = new SloSpec { Ttft = Duration.FromSeconds(4), Itl = Duration.FromSeconds(0.15), Attainment = 0.99 },
    };

    /// <summary>Plays recorded traces.</summary>
    /// <param name="folder">Where the traces are.</param>
    /// <param name="choice">What to play.</param>
    /// <param name="figures">Where the figures go.</param>
    /// <returns>False, with a message, where there are no traces.</returns>
    public static bool Run(string folder, ScalingChoice choice, SortedDictionary<string, double> figures)
    {
        string[] missing = [.. Traces.Where(name => !File.Exists(Path.Combine(folder, name)))];
        if (missing.Length > 0)
        {
            Console.Error.WriteLine(
                $"{folder} does not have {string.Join(" and ", missing)}; name the folder of the Azure LLM inference traces of 2023 "
                + "(github.com/Azure/AzurePublicDataset): scaling FOLDER.");
            return false;
        }

        Func<TraceRequest[]> Reader(string name) => () => Trace.Read(Path.Combine(folder, name));
        Run(Traces.Select(name => (ShortName(name), Reader(name))), choice, figures);
        return true;
    }

    /// <summary>Plays traces that are made by seed.</summary>
    /// <param name="choice">What to play.</param>
    /// <param name="figures">Where the figures go.</param>
    public static void RunSynthetic(ScalingChoice choice, SortedDictionary<string, double> figures) =>
        Run(SyntheticTraces.All(), choice, figures);

    private static void Run(
        IEnumerable<(string Name, Func<TraceRequest[]> Read)> traces, ScalingChoice choice, SortedDictionary<string, double> figures)
    {
        Say($"SLO: time to first token {Scaling.Slo.Ttft}, between tokens {Scaling.Slo.Itl}, for {Scaling.Slo.Attainment:P0} of requests.");
        (int cases, int attained, int usual, int hindsight) = (0, 0, 0, 0);
        foreach ((string name, Func<TraceRequest[]> read) in traces)
        {
            double[] starts = [.. StartSeconds.Where(start => Key(name, start).Contains(choice.Only, StringComparison.Ordinal))];
            if (starts.Length == 0) continue;
            TraceRequest[] trace = read();
            MeasuredReplica replica = CapacityTest.Run(trace, new EngineProfile(), Scaling);
            Say($"{name}: {trace.Length} requests in {trace[^1].At / 60:0} minutes, of which {ScalingWorld.WarmUpSeconds / 60:0} warm up");
            Say($"  a capacity test: {replica.RequestsPerSecond:0.00} per second with {replica.Concurrency:0.0} in flight at one replica");
            foreach (double start in starts)
            {
                Verdict verdict = Compare(trace, name, start, replica, choice, figures);
                cases++;
                if (verdict.Attained) attained++;
                if (verdict.BeatsUsual) usual++;
                if (verdict.BeatsHindsight) hindsight++;
            }
        }

        figures["scaling_cases"] = cases;
        figures["scaling_cases_attained"] = attained;
        figures["scaling_cases_won"] = usual;
        figures["scaling_cases_won_hindsight"] = hindsight;
        Say($"In {attained} of {cases} cases the SLO is attained; with fewer replica-hours than by every peer that attains it as it is");
        Say($"documented, in {usual}; than by every one with its best target known afterwards, in {hindsight}.");
    }

    private static Verdict Compare(
        TraceRequest[] trace,
        string name,
        double start,
        MeasuredReplica replica,
        ScalingChoice choice,
        SortedDictionary<string, double> figures)
    {
        Say($"  start-up {start:0} s");
        Result own = Average(trace, start, static () => new TriremeScaler(Scaling));
        Add("trireme", "", own);
        bool beatsUsual = own.Attains;
        foreach ((string peer, double target, Func<IAutoscaler> create) in Usual(trace, replica))
        {
            Result result = Average(trace, start, create);
            Add(peer, string.Create(CultureInfo.InvariantCulture, $"{target:0.#}"), result);
            beatsUsual &= !result.Attains || own.Hours < result.Hours;
        }

        if (choice.IsQuick) return new Verdict(own.Attains, beatsUsual, false);
        bool beatsHindsight = own.Attains;
        foreach ((string peer, IReadOnlyList<double> targets, Func<double, IAutoscaler> create) in Hindsight())
        {
            List<(double Target, Result Result)> tried =
                [.. targets.AsParallel().AsOrdered().Select(target => (target, Average(trace, start, () => create(target))))];
            (double best, Result result) = tried.Exists(static item => item.Result.Attains)
                ? tried.Where(static item => item.Result.Attains).MinBy(static item => item.Result.Hours)
                : tried.MaxBy(static item => item.Result.Worst);
            Add(peer + "_hindsight", string.Create(CultureInfo.InvariantCulture, $"{best:0.#}"), result);
            beatsHindsight &= !result.Attains || own.Hours < result.Hours;
        }

        return new Verdict(own.Attains, beatsUsual, beatsHindsight);

        void Add(string who, string target, Result result)
        {
            Print(who, target, result);
            string key = $"scaling_{Key(name, start)}_{who}";
            figures[key + "_attainment"] = Math.Round(result.Mean, 4);
            figures[key + "_attainment_worst"] = Math.Round(result.Worst, 4);
            figures[key + "_replica_hours"] = Math.Round(result.Hours, 3);
            figures[key + "_flaps"] = Math.Round(result.Flaps, 2);
        }
    }

    /// <summary>
    /// HPA on the concurrency that a capacity test gives; KPA with Knative's defaults; KEDA as the vLLM production stack documents it, on
    /// the requests that wait, 5 for each replica (docs/source/use_cases/autoscaling-keda.rst); and as many replicas as the busiest minute
    /// needs by the capacity test.
    /// </summary>
    private static IEnumerable<(string Name, double Target, Func<IAutoscaler> Create)> Usual(TraceRequest[] trace, MeasuredReplica replica)
    {
        const double Waiting = 5;
        double busiest = trace.GroupBy(static request => (int)(request.At / 60)).Max(static minute => minute.Count()) / 60.0;
        double peak = Math.Ceiling(busiest / replica.RequestsPerSecond);
        yield return ("hpa", replica.Concurrency, () => new HpaScaler(replica.Concurrency));
        yield return ("kpa", KpaScaler.DefaultTarget, static () => new KpaScaler(KpaScaler.DefaultTarget));
        yield return ("keda", Waiting, static () => new KedaScaler(static world => world.Waiting, Waiting));
        yield return ("static", peak, () => new StaticScaler((int)peak));
    }

    private static IEnumerable<(string Name, IReadOnlyList<double> Targets, Func<double, IAutoscaler> Create)> Hindsight()
    {
        yield return ("hpa", Targets, static target => new HpaScaler(target));
        yield return ("kpa", Targets, static target => new KpaScaler(target));
        yield return ("keda", Targets, static target => new KedaScaler(static world => world.InFlight, target));
        yield return ("static", [.. Enumerable.Range(1, 40)], static target => new StaticScaler((int)target));
    }

    private static Result Average(TraceRequest[] trace, double start, Func<IAutoscaler> create)
    {
        List<ScalingRun> runs =
            [.. Seeds.Select(seed => new ScalingWorld(trace, new EngineProfile(), Scaling.Slo, start, seed).Run(create()))];
        return new Result(
            runs.Average(static run => run.Attainment),
            runs.Min(static run => run.Attainment),
            runs.Average(static run => run.ReplicaHours),
            runs.Average(static run => run.Flaps),
            runs.Average(static run => run.Changes),
            runs.Max(static run => run.Most));
    }

    private static string Key(string name, double start) => string.Create(CultureInfo.InvariantCulture, $"{name}_{start:0}s");

    private static string ShortName(string file) => file.Contains("code", StringComparison.Ordinal) ? "code" : "conversation";

    private static void Print(string who, string target, Result result)
    {
        string attained = string.Create(CultureInfo.InvariantCulture, $"{result.Mean:P2} (worst {result.Worst:P2})");
        string steps = string.Create(CultureInfo.InvariantCulture, $"{result.Changes:0.0} changes, {result.Flaps:0.0} flaps");
        Say($"    {who,-17} {target,5}  {attained}  {result.Hours,6:0.00} replica-hours, {steps}, {result.Most} at most");
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private readonly record struct Verdict(bool Attained, bool BeatsUsual, bool BeatsHindsight);

    /// <summary>Over the seeds: means, and the worst attainment.</summary>
    private sealed record Result(double Mean, double Worst, double Hours, double Flaps, double Changes, int Most)
    {
        /// <summary>With every seed.</summary>
        public bool Attains => Worst >= Scaling.Slo.Attainment;
    }
}

/// <summary>Which cases a run plays.</summary>
/// <param name="Only">Part of their names, such as conversation_180s.</param>
/// <param name="IsQuick">True not to search for the peers' best targets.</param>
internal sealed record ScalingChoice(string Only = "", bool IsQuick = false);
